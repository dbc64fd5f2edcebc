import { Button as AntdButton, Tooltip } from "antd";
import type { MouseEvent, ReactNode, Ref } from "react";
import { useLasting } from "@/lib/time";
import styles from "./Button.module.css";
import { cx } from "./cx";
import { Kbd } from "./Kbd";

/** How much an action weighs. One primary in a region; danger is solid only in the dialog that confirms. */
export type ButtonKind = "primary" | "default" | "soft" | "text" | "danger" | "danger-solid" | "link";

const LOOKS = {
  primary: { type: "primary" },
  default: { type: "default" },
  soft: { color: "primary", variant: "filled" },
  text: { type: "text" },
  danger: { danger: true },
  "danger-solid": { danger: true, type: "primary" },
  link: { type: "link" },
} as const;

/** A button: a verb. reason: why it cannot be pressed now, shown on hover and focus; it stays readable. */
export function Button({ kind = "default", icon, children, keys, small, large, block, busy = false, reason, submit, onClick, label, ref, className, href }: {
  kind?: ButtonKind;
  icon?: ReactNode;
  children?: ReactNode;
  /** Its shortcut, shown inside. */
  keys?: string;
  small?: boolean;
  large?: boolean;
  block?: boolean;
  /** At work: it cannot be pressed twice, and shows so after 200 ms. */
  busy?: boolean;
  reason?: string;
  submit?: boolean;
  onClick?: (event: MouseEvent<HTMLElement>) => void;
  /** For those who do not see an icon-only button. */
  label?: string;
  ref?: Ref<HTMLButtonElement | HTMLAnchorElement>;
  className?: string;
  href?: string;
}) {
  const isLong = useLasting(busy, 200);
  const isOff = reason !== undefined;
  const button = (
    <AntdButton
      ref={ref as never}
      {...LOOKS[kind]}
      href={href}
      className={cx(styles.button, isOff && styles.off, className)}
      size={small ? "small" : large ? "large" : "middle"}
      block={block}
      icon={icon}
      loading={isLong ? { delay: 0 } : false}
      aria-disabled={isOff || busy || undefined}
      aria-label={label}
      htmlType={submit ? "submit" : "button"}
      onClick={(event) => {
        if (isOff || busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {children}
      {keys && <span className={styles.keys}><Kbd keys={keys} /></span>}
    </AntdButton>
  );
  return isOff && reason ? <Tooltip title={reason} trigger={["hover", "focus"]}>{button}</Tooltip> : button;
}
