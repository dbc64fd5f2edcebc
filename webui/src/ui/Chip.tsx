import { Plus, X } from "lucide-react";
import type { ReactNode, Ref } from "react";
import styles from "./Chip.module.css";
import { cx } from "./cx";

interface Part {
  text: ReactNode;
  onClick?: () => void;
  /** What the part does, for those who do not see it. */
  label?: string;
}

/** A condition in three parts, field | operator | value; each part opens its own editor. */
export function Chip({ field, operator, value, onRemove, removeLabel, tone, ref }: {
  field: Part;
  operator?: Part;
  value?: Part;
  onRemove?: () => void;
  removeLabel?: string;
  tone?: "warn";
  ref?: Ref<HTMLSpanElement>;
}) {
  const part = (each: Part, name: string | undefined) =>
    each.onClick ? (
      <button type="button" className={name} onClick={each.onClick} title={each.label}>{each.text}</button>
    ) : (
      <span className={name}>{each.text}</span>
    );
  return (
    <span ref={ref} className={cx(styles.chip, tone === "warn" && styles.warn)} role="group">
      {part(field, styles.field)}
      {operator && part(operator, styles.operator)}
      {value && part(value, styles.value)}
      {onRemove && (
        <button type="button" className={styles.remove} onClick={onRemove} aria-label={removeLabel}>
          <X size={12} strokeWidth={1.75} aria-hidden />
        </button>
      )}
    </span>
  );
}

/** The dashed chip that adds a condition. */
export function AddChip({ children, ...rest }: { children: ReactNode } & React.ComponentProps<"button">) {
  return (
    <button type="button" {...rest} className={styles.add}>
      <Plus size={13} strokeWidth={1.75} aria-hidden />
      {children}
    </button>
  );
}
