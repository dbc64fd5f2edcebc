import { Tooltip } from "antd";
import { CircleAlert } from "lucide-react";
import { cx } from "@/ui/cx";
import styles from "./Sheet.module.css";
import { cellText, type Cell, type ColumnBody } from "./tableModel";

const RIGHT = ["integer", "decimal"];

/** One cell: read, or being typed; Enter goes down, Tab goes right, Escape leaves it as it was. */
export function SheetCell({ id, column, value, name, isHere, isIn, wrong, typed, onChoose, onEdit, onFinish }: {
  id: string;
  column: ColumnBody;
  value: Cell | undefined;
  /** Column and row, for those who do not see where they are. */
  name: string;
  isHere: boolean;
  isIn: boolean;
  /** What is wrong with it, as a sentence. */
  wrong: string | undefined;
  /** What stands in it while it is typed; null: it is only read. */
  typed: string | null;
  onChoose: (keeps: boolean) => void;
  onEdit: () => void;
  /** null: as it was. way: rows down and columns right from here. */
  onFinish: (text: string | null, way: [number, number]) => void;
}) {
  const look = cx(styles.cell, RIGHT.includes(column.type) && styles.right, isIn && styles.in, isHere && styles.here, wrong && styles.wrong);
  if (typed !== null) {
    return (
      <span id={id} role="gridcell" aria-selected className={look}>
        <input autoFocus className={styles.input} defaultValue={typed} aria-label={name}
          onBlur={(event) => onFinish(event.target.value, [0, 0])}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.nativeEvent.isComposing) return;
            const way = { Enter: [1, 0], Tab: [0, event.shiftKey ? -1 : 1], Escape: [0, 0] }[event.key] as [number, number] | undefined;
            if (!way) return;
            event.preventDefault();
            onFinish(event.key === "Escape" ? null : event.currentTarget.value, way);
          }} />
      </span>
    );
  }
  return (
    <span id={id} role="gridcell" aria-selected={isIn} aria-invalid={wrong ? true : undefined} aria-label={`${name} ${cellText(value)}${wrong ? ` – ${wrong}` : ""}`} className={look}
      onMouseDown={(event) => { event.preventDefault(); onChoose(event.shiftKey); }} onDoubleClick={onEdit}>
      <span className={styles.text}>{cellText(value)}</span>
      {wrong && <Tooltip title={wrong}><CircleAlert size={14} strokeWidth={1.75} aria-hidden className={styles.alert} /></Tooltip>}
    </span>
  );
}
