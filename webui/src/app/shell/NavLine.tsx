import { Tooltip } from "antd";
import type { LucideIcon } from "lucide-react";
import { Link } from "react-router";
import { cx } from "@/ui/cx";
import styles from "./NavLine.module.css";

const noCount = () => 0;

/** One line of the sidebar: icon, name, count. */
export function NavLine({ to, icon: Icon, text, isSmall, isCurrent, useCount = noCount, level = 0, onClick }: {
  to: string;
  icon: LucideIcon;
  text: string;
  isSmall: boolean;
  isCurrent: boolean;
  useCount?: () => number;
  level?: number;
  onClick?: () => void;
}) {
  const count = useCount();
  const inner = (
    <>
      <Icon size={15} strokeWidth={1.75} aria-hidden className={styles.icon} />
      <span className={isSmall ? "visually-hidden" : styles.text}>{text}</span>
      {count > 0 && !isSmall && <span className={`${styles.count} num`}>{count}</span>}
    </>
  );
  const name = cx(styles.line, isCurrent && styles.current, isSmall && styles.small, level > 0 && styles.inner);
  const link = /^https?:/.test(to) ? (
    <a href={to} className={name} target="_blank" rel="noopener noreferrer">{inner}</a>
  ) : (
    <Link to={to} className={name} aria-current={isCurrent ? "page" : undefined} onClick={onClick}>{inner}</Link>
  );
  return <li>{isSmall ? <Tooltip title={text} placement="right">{link}</Tooltip> : link}</li>;
}
