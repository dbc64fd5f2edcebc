import { ArrowDown, ArrowUp } from "lucide-react";
import { useRef, useState, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";
import { CheckBox } from "./CheckBox";
import type { GridProps } from "./Grid";
import styles from "./Grid.module.css";
import { HeadMenu } from "./HeadMenu";
import type { Placed } from "./layout";

const DRAG_FROM = 4;

/** The head of the grid: press to sort, drag to move, drag the edge to resize, right-click for more. */
export function GridHead(props: GridProps & { placed: readonly Placed[]; state: boolean | "some" }) {
  const { t } = useTranslation();
  const { placed, selection, rows, state } = props;
  const [target, setTarget] = useState<number | null>(null);
  return (
    <div className={styles.head} role="rowgroup">
      <div role="row" aria-rowindex={1} className={styles.headRow}>
        <div className={`${styles.headCell} ${styles.check} ${styles.frozen}`} style={{ left: 0 }} role="columnheader">
          <CheckBox isOn={state} label={t("list.select_loaded")} onChange={() => selection.setAll(rows.map((row) => row.id), state !== true)} />
        </div>
        {placed.map((each, index) => (
          <HeadCell key={each.column.id} {...props} each={each} index={index} isTarget={target === index} onTarget={setTarget} />
        ))}
      </div>
    </div>
  );
}

function HeadCell({ each, index, isTarget, onTarget, placed, sort, onSort, onMove, widths, onWidths, headMenu }: GridProps & {
  placed: readonly Placed[];
  each: Placed;
  index: number;
  isTarget: boolean;
  onTarget: (index: number | null) => void;
}) {
  const { t } = useTranslation();
  const { column, width, left } = each;
  const wasDragged = useRef(false);
  const direction = sort.includes(column.path) ? "ascending" : sort.includes(`-${column.path}`) ? "descending" : "none";
  const Arrow = direction === "descending" ? ArrowDown : ArrowUp;
  const drag = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    const start = event.clientX;
    const cells = [...(event.currentTarget.parentElement?.querySelectorAll<HTMLElement>("[data-column]") ?? [])];
    let goal: number | null = null;
    wasDragged.current = false;
    const move = (moved: globalThis.PointerEvent) => {
      if (!wasDragged.current && Math.abs(moved.clientX - start) < DRAG_FROM) return;
      wasDragged.current = true;
      const boxes = cells.map((cell) => cell.getBoundingClientRect());
      goal = boxes.findIndex((box) => moved.clientX < box.left + box.width / 2);
      if (goal < 0) goal = boxes.length;
      onTarget(goal);
    };
    const end = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("keydown", cancel, true);
      onTarget(null);
      if (wasDragged.current && goal !== null && goal !== index && goal !== index + 1) {
        onMove(column.id, placed[goal]?.column.id ?? null);
      }
    };
    const cancel = (key: KeyboardEvent) => {
      if (key.key !== "Escape") return;
      goal = null;
      key.stopPropagation();
      end();
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("keydown", cancel, true);
  };
  return (
    <HeadMenu menu={headMenu(column)}>
      <div
        className={cx(styles.headCell, column.isRight && styles.right, left !== null && styles.frozen, isTarget && styles.target)}
        style={{ width, left: left ?? undefined }}
        role="columnheader"
        aria-sort={direction === "none" ? undefined : direction}
        data-column={column.id}
        onPointerDown={drag}
      >
        {column.canSort ? (
          <button
            type="button"
            className={styles.headText}
            tabIndex={-1}
            aria-label={t("list.sort_by", { field: column.label })}
            onClick={() => !wasDragged.current && onSort(column)}
          >
            <span>{column.label}</span>
            {direction !== "none" && <Arrow size={13} strokeWidth={1.75} aria-hidden className={styles.arrow} />}
          </button>
        ) : (
          <span className={styles.headText}><span>{column.label}</span></span>
        )}
        <ResizeHandle
          label={t("list.resize", { field: column.label })}
          width={width}
          onWidth={(next) => onWidths({ ...widths, [column.id]: next })}
          onFit={() => {
            const rest = Object.fromEntries(Object.entries(widths).filter(([id]) => id !== column.id));
            onWidths(rest);
          }}
        />
      </div>
    </HeadMenu>
  );
}

function ResizeHandle({ label, width, onWidth, onFit }: { label: string; width: number; onWidth: (width: number) => void; onFit: () => void }) {
  const begin = (event: PointerEvent<HTMLSpanElement>) => {
    event.stopPropagation();
    event.preventDefault();
    const start = event.clientX;
    const cell = event.currentTarget.parentElement!;
    let next = width;
    const move = (moved: globalThis.PointerEvent) => {
      next = Math.max(56, Math.min(1000, width + moved.clientX - start));
      cell.style.width = `${next}px`;
    };
    const end = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      if (next !== width) onWidth(next);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
  };
  return <span className={styles.handle} title={label} aria-hidden onPointerDown={begin} onDoubleClick={onFit} onClick={(event) => event.stopPropagation()} />;
}
