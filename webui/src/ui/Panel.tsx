import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Panel.module.css";

/** A card: hairline, radius 8, a title row. flush: content goes to the edges. */
export function Panel({ title, extra, children, flush = false, className }: {
  title?: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  className?: string;
}) {
  return (
    <section className={cx(styles.panel, className)}>
      {title !== undefined && (
        <header className={styles.head}>
          <h2 className={styles.title}>{title}</h2>
          {extra}
        </header>
      )}
      <div className={flush ? styles.flush : styles.body}>{children}</div>
    </section>
  );
}
