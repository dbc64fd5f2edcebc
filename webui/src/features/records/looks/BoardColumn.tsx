import { useDraggable, useDroppable } from "@dnd-kit/core";
import { Dropdown } from "antd";
import { Ellipsis } from "lucide-react";
import { useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { titleOf } from "@/fields/titles";
import { formatNumber } from "@/lib/formats";
import type { ListAsked } from "@/lib/records";
import type { AppEntity, AppField, WireRecord } from "@/lib/wire";
import { allOf } from "@/render/list/conditions";
import { useRows } from "@/render/list/useRows";
import { Button } from "@/ui/Button";
import { Counter } from "@/ui/Counter";
import { cx } from "@/ui/cx";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { IconButton } from "@/ui/IconButton";
import { Tag } from "@/ui/Tag";
import type { Tone } from "@/ui/tone";
import { CardFields, Picture, pictureOf } from "./CardBody";
import { equals, type LookProps, type Shown } from "./look";
import styles from "./Looks.module.css";
import type { Moves } from "./useMoves";

const PAGE = 25;

interface ColumnProps extends LookProps {
  field: AppField;
  value: string | null;
  name: string;
  tone: Tone;
  total: number;
  shown: readonly Shown[];
  asked: ListAsked;
  moves: Moves;
  targets: readonly string[];
  nameOf: (value: string | null) => string;
  /** The card that is dragged may not go here. */
  isClosed: boolean;
}

/** One option with its cards: the count is of all of them, more are loaded on demand. */
export function BoardColumn(props: ColumnProps) {
  const { entity, field, value, name, tone, total, filter, asked, moves, isClosed } = props;
  const { t } = useTranslation();
  const { setNodeRef, isOver } = useDroppable({ id: value ?? "", disabled: value === null });
  const query = useRows(entity.name, { ...asked, filter: allOf([filter, equals(field, value)]) }, PAGE);
  const coming = [...moves.under.values()].filter((each) => each.to === value).map(({ record }) => record);
  const staying = query.rows.filter((row) => !moves.under.has(row.id));
  const rows = [...coming, ...staying];
  const left = total - query.rows.length;
  return (
    <section ref={setNodeRef} className={cx(styles.column, isOver && !isClosed && styles.over, isClosed && styles.closed)} aria-label={t("looks.column", { name, count: total })} data-column-of={value ?? ""}>
      <header className={styles.columnHead}><Tag tone={tone} dot>{name}</Tag><Counter>{formatNumber(total)}</Counter></header>
      {query.isError ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <ul className={styles.cards}>
          {rows.map((row) => <BoardCard key={row.id} {...props} record={row} isMoving={moves.under.has(row.id)} />)}
        </ul>
      )}
      {query.isSuccess && rows.length === 0 && <p className={styles.none}>{t("looks.none_here")}</p>}
      {query.hasNextPage && (
        <Button kind="text" small busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("looks.more", { count: left, formatted: formatNumber(Math.max(left, 0)) })}
        </Button>
      )}
    </section>
  );
}

/** A card: opens on a click, moves by dragging, by Alt and an arrow, or by its menu. */
function BoardCard({ entity, layout, record, shown, moves, targets, nameOf, open, onOpen, isMoving }: ColumnProps & { record: WireRecord; isMoving: boolean }) {
  const { t } = useTranslation();
  const { setNodeRef, listeners, isDragging } = useDraggable({ id: record.id, data: record, disabled: !moves.canMove || isMoving });
  const wasDragged = useRef(false);
  if (isDragging) wasDragged.current = true;
  const title = titleOf(entity, record);
  const openTargets = targets.filter((each) => moves.mayGo(record, each));
  const step = (event: KeyboardEvent<HTMLElement>) => {
    const here = event.currentTarget.closest("section")!;
    const by = event.key === "ArrowRight" ? "nextElementSibling" : event.key === "ArrowLeft" ? "previousElementSibling" : null;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const card = event.currentTarget.closest("li")![event.key === "ArrowDown" ? "nextElementSibling" : "previousElementSibling"];
      card?.querySelector<HTMLElement>("[data-card]")?.focus();
    } else if (by && event.altKey) {
      const value = here[by]?.getAttribute("data-column-of");
      if (moves.canMove && value) moves.move(record, value);
    } else if (by) {
      here[by]?.querySelector<HTMLElement>("[data-card]")?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <li ref={setNodeRef} className={cx(styles.card, open === record.ref && styles.current, isDragging && styles.dragged, isMoving && styles.moving)} {...listeners}>
      {pictureOf(record, layout.picture) && <Picture entity={entity} record={record} name={layout.picture} />}
      <button
        type="button"
        className={styles.cardTitle}
        data-card=""
        aria-keyshortcuts={moves.canMove ? "Alt+ArrowLeft Alt+ArrowRight" : undefined}
        onKeyDown={step}
        onClick={() => {
          if (!wasDragged.current) onOpen(record);
          wasDragged.current = false;
        }}
        onDoubleClick={() => onOpen(record, "page")}
      >
        {title}
      </button>
      <CardFields record={record} shown={shown} />
      {moves.canMove && openTargets.length > 0 && (
        <span className={styles.cardMenu} onPointerDown={(event) => event.stopPropagation()}>
          <Dropdown trigger={["click"]} placement="bottomRight" menu={{ items: openTargets.map((each) => ({ key: each, label: t("looks.move_to", { to: nameOf(each) }) })), onClick: ({ key }) => moves.move(record, key) }}>
            <IconButton icon={Ellipsis} size={14} label={t("looks.move", { name: title })} aria-haspopup="menu" />
          </Dropdown>
        </span>
      )}
    </li>
  );
}

/** The card under the pointer. */
export function Ghost({ entity, record, shown }: { entity: AppEntity; record: WireRecord; shown: readonly Shown[] }) {
  return (
    <div className={cx(styles.card, styles.ghost)}>
      <span className={styles.cardTitle}>{titleOf(entity, record)}</span>
      <CardFields record={record} shown={shown} />
    </div>
  );
}
