import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useId, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { titleOf } from "@/fields/titles";
import type { AppEntity, WireRecord } from "@/lib/wire";
import type { ListColumn } from "./columns";
import { GridCell } from "./GridCell";
import { GridHead } from "./GridHead";
import styles from "./Grid.module.css";
import { CheckBox } from "./CheckBox";
import { place } from "./layout";
import type { Selection } from "./selection";

export interface GridProps {
  label: string;
  entity: AppEntity;
  columns: readonly ListColumn[];
  rows: readonly WireRecord[];
  /** How many there are in all, for those who do not see the scroll bar; -1 while it is not known. */
  total: number;
  widths: Readonly<Record<string, number>>;
  onWidths: (widths: Readonly<Record<string, number>>) => void;
  onMove: (id: string, before: string | null) => void;
  headMenu: (column: ListColumn) => ReactNode;
  sort: readonly string[];
  onSort: (column: ListColumn) => void;
  pinned: number;
  rowHeight: number;
  selection: Selection;
  /** Index of the current row, -1 for none. */
  current: number;
  onCurrent: (index: number) => void;
  onOpen: (index: number, how: "beside" | "page" | "tab") => void;
  onEnd: () => void;
  hasMore: boolean;
  extra?: Readonly<Record<number, Readonly<Record<string, unknown>>>>;
  isQuiet?: boolean;
}

/** Rows of records: virtual, with a head that resizes, moves and sorts, and frozen first columns. */
export function Grid(props: GridProps) {
  const { entity, columns, rows, widths, pinned, rowHeight, selection, current, hasMore, onEnd } = props;
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  const id = useId();
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const watch = new ResizeObserver(() => setRoom(element.clientWidth));
    watch.observe(element);
    setRoom(element.clientWidth);
    return () => watch.disconnect();
  }, []);
  const { placed, total } = place(columns, widths, room, pinned, true);
  const virtual = useVirtualizer({
    count: rows.length + (hasMore ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: 36,
    scrollPaddingEnd: 8,
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - 20) onEnd();
  }, [hasMore, last, rows.length, onEnd]);
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current, { align: "auto" });
  }, [current, virtual]);
  const rowId = (record: WireRecord) => `${id}-${record.id}`;
  const loaded = rows.map((row) => row.id);
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={props.total < 0 ? -1 : props.total + 1}
      aria-multiselectable
      aria-activedescendant={rows[current] ? rowId(rows[current]) : undefined}
      data-grid=""
    >
      <div style={{ width: total, minWidth: "100%" }} role="presentation">
        <GridHead {...props} placed={placed} state={selection.stateOf(loaded)} />
        <div className={styles.body} style={{ height: virtual.getTotalSize() }} role="rowgroup">
          {items.map((item) => {
            const row = rows[item.index];
            const style = { height: item.size, transform: `translateY(${item.start}px)`, width: total };
            if (!row) {
              return <div key="more" className={styles.more} style={style} role="presentation">{t("list.loading_more")}</div>;
            }
            const isChecked = selection.has(row.id);
            const isCurrent = item.index === current;
            return (
              <div
                key={row.id}
                id={rowId(row)}
                className={styles.row}
                style={style}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={isChecked || isCurrent}
                data-current={isCurrent || undefined}
                data-checked={isChecked || undefined}
                onClick={(event) => {
                  if (event.ctrlKey || event.metaKey) props.onOpen(item.index, "tab");
                  else props.onOpen(item.index, "beside");
                }}
                onAuxClick={(event) => event.button === 1 && props.onOpen(item.index, "tab")}
                onDoubleClick={() => props.onOpen(item.index, "page")}
              >
                <div className={`${styles.cell} ${styles.check} ${styles.frozen}`} style={{ left: 0 }} role="gridcell" onClick={(event) => event.stopPropagation()} onDoubleClick={(event) => event.stopPropagation()}>
                  <CheckBox
                    isOn={isChecked}
                    label={t("list.select_row", { name: titleOf(entity, row) })}
                    onChange={(event) => selection.toggle(row.id, item.index, loaded, event.shiftKey)}
                  />
                </div>
                {placed.map((each) => (
                  <GridCell key={each.column.id} placed={each} record={row} entity={entity} extra={props.extra?.[row.id]} />
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
