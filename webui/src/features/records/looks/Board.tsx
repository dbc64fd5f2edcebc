import { DndContext, DragOverlay, MouseSensor, TouchSensor, useSensor, useSensors, type DragEndEvent, type DragStartEvent } from "@dnd-kit/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { optionText } from "@/fields/select/type";
import { optionsOf, toneOfOption } from "@/fields/select/options";
import { titleOf } from "@/fields/titles";
import { labelText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { useOffer } from "@/lib/offer";
import { listText } from "@/lib/problems";
import { records } from "@/lib/records";
import type { WireRecord } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonRows } from "@/ui/Skeleton";
import { BoardColumn, Ghost } from "./BoardColumn";
import { askedForCards, type LookProps, shownOf } from "./look";
import styles from "./Looks.module.css";
import { useMoves } from "./useMoves";

/** Columns of cards by the options of a field. Moving a card changes the field, by the same rules as everywhere. */
export function Board(props: LookProps) {
  const { entity, layout, filter, sort } = props;
  const { t } = useTranslation();
  const offer = useOffer();
  const field = entity.fields.find((each) => each.name === layout.by);
  const shown = useMemo(() => shownOf(offer, entity, layout), [offer, entity, layout]);
  const asked = useMemo(() => ({ sort, ...askedForCards(entity, shown, [layout.by, layout.picture]) }), [entity, shown, layout, sort]);
  const counts = useQuery({
    queryKey: keys.sums(entity.name, { by: layout.by, filter }),
    queryFn: ({ signal }) => records.aggregate(entity.name, { n: "count" }, filter, `value:${layout.by}`, signal),
    placeholderData: (before) => before,
  });
  const moves = useMoves(entity, field);
  const [dragged, setDragged] = useState<WireRecord | null>(null);
  const sensors = useSensors(
    useSensor(MouseSensor, { activationConstraint: { distance: 6 } }),
    useSensor(TouchSensor, { activationConstraint: { delay: 250, tolerance: 8 } }),
  );
  if (!field) return null;
  if (counts.isError) return <ErrorBlock error={counts.error} onRetry={() => void counts.refetch()} />;
  if (!counts.data) return <SkeletonRows rows={8} rowHeight={72} />;
  const countOf = (value: string | null) => Number(counts.data.find((row) => row.value === value)?.n ?? 0);
  // Options that are no longer there may still stand in records: they are shown rather than hidden.
  const known = optionsOf(field).map((option) => option.value);
  const others = counts.data.flatMap((row) => (typeof row.value === "string" && !known.includes(row.value) ? [row.value] : []));
  const columns = [...known, ...others, ...(countOf(null) > 0 ? [null] : [])];
  const nameOf = (value: string | null) => (value === null ? t("looks.no_value") : optionText(value, field));
  const end = ({ active, over }: DragEndEvent) => {
    setDragged(null);
    const record = active.data.current as WireRecord | undefined;
    if (record && over) moves.move(record, over.id === "" ? null : String(over.id));
  };
  const { refusal } = moves;
  return (
    <div className={styles.look}>
      {refusal && (
        <div className={styles.note}>
          <Note tone="err" live="assertive" lead={t("looks.put_back", { name: titleOf(entity, refusal.record), to: nameOf(refusal.to) })} link={<Button kind="link" small onClick={moves.forget}>{t("action.close")}</Button>}>
            {refusal.why} {refusal.open.length > 0 && t("looks.can_go", { to: listText(refusal.open.map(nameOf)) })}
          </Note>
        </div>
      )}
      <DndContext
        sensors={sensors}
        onDragStart={({ active }: DragStartEvent) => setDragged((active.data.current as WireRecord | undefined) ?? null)}
        onDragCancel={() => setDragged(null)}
        onDragEnd={end}
      >
        <div className={styles.board} role="group" aria-label={t("looks.board_by", { field: labelText(field.label) })}>
          {columns.map((value) => (
            <BoardColumn
              key={value ?? ""}
              {...props}
              field={field}
              value={value}
              name={nameOf(value)}
              tone={value === null ? "neu" : toneOfOption(field, value)}
              total={countOf(value)}
              shown={shown}
              asked={asked}
              moves={moves}
              targets={columns.filter((each): each is string => each !== null && each !== value)}
              nameOf={nameOf}
              isClosed={dragged !== null && !moves.mayGo(dragged, value)}
            />
          ))}
        </div>
        <DragOverlay dropAnimation={null}>{dragged && <Ghost entity={entity} record={dragged} shown={shown} />}</DragOverlay>
      </DndContext>
    </div>
  );
}
