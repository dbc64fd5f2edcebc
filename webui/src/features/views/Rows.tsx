import { closestCenter, DndContext, PointerSensor, useSensor, useSensors, type DragEndEvent } from "@dnd-kit/core";
import { horizontalListSortingStrategy, SortableContext } from "@dnd-kit/sortable";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "@/lib/problems";
import type { Json } from "@/lib/wire";
import { textOf } from "@/render/builder/words";
import { EmptyState } from "@/ui/EmptyState";
import { Note } from "@/ui/Note";
import { cx } from "@/ui/cx";
import { HeadCell } from "./HeadCell";
import type { BoardProps } from "./ViewBoard";
import type { ViewRows } from "./viewApi";
import { limited, widthOf, withColumn, type ColumnBody } from "./viewModel";
import styles from "./Views.module.css";

const STEP = 16;
const RIGHT = ["decimal", "minor", "percent"];

/** The columns over real rows: heads are dragged to another place and by their edges; keys do the same. */
export function Rows({ body, change, selected, onSelect, rows, error, onMove, onRemove }: BoardProps & {
  rows: ViewRows | undefined;
  error: unknown;
  onMove: (from: number, to: number) => void;
  onRemove: (column: ColumnBody) => void;
}) {
  const { t } = useTranslation();
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }));
  const drop = ({ active, over }: DragEndEvent) => {
    const at = (uid: unknown) => body.columns.findIndex((each) => each.uid === uid);
    if (over && active.id !== over.id) onMove(at(active.id), at(over.id));
  };
  const widen = (column: ColumnBody, width: number) =>
    change(withColumn(body, column.uid, { width: limited(width) }), t("views.did.width", { name: textOf(column.label, column.name) }), `${column.uid}.width`);
  const keys = (event: KeyboardEvent, column: ColumnBody) => {
    const at = body.columns.indexOf(column);
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way && event.altKey) onMove(at, at + way);
    else if (way && event.shiftKey) widen(column, widthOf(column) + way * STEP);
    else if (way) onSelect(body.columns[at + way]?.uid ?? column.uid);
    else if (event.key === "Delete" || event.key === "Backspace") onRemove(column);
    else if (event.key === "Escape") onSelect("");
    else return;
    event.preventDefault();
  };
  const places = new Map((rows?.columns ?? []).map((each, index) => [each.uid, index]));
  const shown = (row: readonly Json[], column: ColumnBody) => {
    const place = places.get(column.uid);
    const value = place === undefined ? null : row[place];
    return value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  };
  const total = body.columns.reduce((sum, each) => sum + widthOf(each), 0);
  return (
    <div className={styles.page}>
      {error != null && <Note tone="warn" live="polite">{errorText(error)}</Note>}
      {rows?.is_partial && <Note tone="neu">{t("views.partial")}</Note>}
      <div className={styles.scroller} role="region" aria-label={t("views.rows")} tabIndex={0}>
        <table className={styles.table} style={{ width: total }}>
          <thead>
            <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop} accessibility={{ container: document.body }}>
              <SortableContext items={body.columns.map((each) => each.uid)} strategy={horizontalListSortingStrategy}>
                <tr>
                  {body.columns.map((column, index) => (
                    <HeadCell key={column.uid} column={column} isSelected={column.uid === selected} isFirst={index === 0 && !selected} isGroup={body.group?.includes(column.name) ?? false}
                      isDenied={rows?.hidden.includes(column.name) ?? false} onSelect={() => onSelect(column.uid)} onKeyDown={(event) => keys(event, column)} onWidth={(width) => widen(column, width)} />
                  ))}
                </tr>
              </SortableContext>
            </DndContext>
          </thead>
          <tbody>
            {rows?.rows.map((row, index) => (
              <tr key={index}>
                {body.columns.map((column) => (
                  <td key={column.uid} className={cx(RIGHT.includes(column.format ?? "") && styles.right, column.is_hidden && styles.hidden, column.uid === selected && styles.here)}>{shown(row, column)}</td>
                ))}
              </tr>
            ))}
          </tbody>
          {body.columns.some((each) => each.fold) && (
            <tfoot>
              <tr>{body.columns.map((column) => <td key={column.uid}>{column.fold && t(`views.fold.${column.fold}`)}</td>)}</tr>
            </tfoot>
          )}
        </table>
        {rows?.rows.length === 0 && <EmptyState title={t("views.no_rows")} />}
      </div>
      <p className={styles.quiet}>{t("views.keys")}</p>
    </div>
  );
}
