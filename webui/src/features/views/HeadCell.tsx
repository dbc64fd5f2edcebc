import { useSortable } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { EyeOff, Group, Lock } from "lucide-react";
import { useEffect, useRef, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { textOf } from "@/render/builder/words";
import { cx } from "@/ui/cx";
import { widthOf, type ColumnBody } from "./viewModel";
import styles from "./Views.module.css";

/** The head of a column: selected by a click, dragged to its place, widened by its edge. */
export function HeadCell({ column, isSelected, isFirst, isGroup, isDenied, onSelect, onKeyDown, onWidth }: {
  column: ColumnBody;
  isSelected: boolean;
  /** Nothing is selected: the first one takes the focus. */
  isFirst: boolean;
  isGroup: boolean;
  /** This person may not read it. */
  isDenied: boolean;
  onSelect: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onWidth: (width: number) => void;
}) {
  const { t } = useTranslation();
  const { listeners, setNodeRef, transform, transition, isDragging } = useSortable({ id: column.uid });
  const button = useRef<HTMLButtonElement>(null);
  const grabbed = useRef<{ x: number; width: number } | null>(null);
  const name = textOf(column.label, column.name);
  useEffect(() => {
    // The keys walk from head to head: the focus follows what is selected.
    if (!isSelected) return;
    button.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (document.activeElement?.closest("thead")) button.current?.focus();
  }, [isSelected]);
  const grab = (event: PointerEvent<HTMLSpanElement>) => {
    event.stopPropagation();
    grabbed.current = { x: event.clientX, width: widthOf(column) };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  return (
    <th ref={setNodeRef} scope="col" style={{ width: widthOf(column), transform: CSS.Translate.toString(transform), transition }} className={cx(styles.head, isSelected && styles.here, isDragging && styles.dragged)}>
      <button ref={button} type="button" {...listeners} className={styles.headButton} aria-pressed={isSelected} tabIndex={isSelected || isFirst ? 0 : -1} onClick={onSelect} onKeyDown={onKeyDown}>
        <span className={styles.headText}>{name}</span>
        {isGroup && <Group size={12} strokeWidth={1.75} aria-label={t("views.grouped")} />}
        {column.is_hidden && <EyeOff size={12} strokeWidth={1.75} aria-label={t("views.hidden")} />}
        {isDenied && <Lock size={12} strokeWidth={1.75} aria-label={t("views.denied")} />}
      </button>
      <span className={styles.edge} aria-hidden onPointerDown={grab} onPointerUp={() => (grabbed.current = null)}
        onPointerMove={(event) => { if (grabbed.current) onWidth(grabbed.current.width + event.clientX - grabbed.current.x); }} />
    </th>
  );
}
