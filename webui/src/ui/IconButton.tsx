import { Tooltip } from "antd";
import type { LucideIcon } from "lucide-react";
import type { MouseEvent, Ref } from "react";
import { cx } from "./cx";
import styles from "./IconButton.module.css";
import { Kbd } from "./Kbd";

/** A button that is only an icon: its name shows on hover and focus, with its shortcut. */
export function IconButton({ icon: Icon, label, keys, onClick, pressed, size = 16, placement = "bottom", disabled, ref, className, ...rest }: {
  icon: LucideIcon;
  label: string;
  keys?: string;
  onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
  pressed?: boolean;
  size?: number;
  placement?: "bottom" | "top" | "left" | "right" | "bottomRight";
  disabled?: boolean;
  ref?: Ref<HTMLButtonElement>;
  className?: string;
  "aria-haspopup"?: "menu" | "dialog" | "listbox";
  "aria-expanded"?: boolean;
}) {
  const title = keys ? <span className={styles.title}>{label}<Kbd keys={keys} /></span> : label;
  return (
    <Tooltip title={title} placement={placement} mouseEnterDelay={0.4} destroyOnHidden>
      <button
        {...rest}
        ref={ref}
        type="button"
        className={cx(styles.button, pressed && styles.pressed, className)}
        aria-label={label}
        aria-pressed={pressed}
        aria-disabled={disabled || undefined}
        onClick={(event) => !disabled && onClick?.(event)}
      >
        <Icon size={size} strokeWidth={1.75} aria-hidden />
      </button>
    </Tooltip>
  );
}
