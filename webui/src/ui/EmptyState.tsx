import type { ReactNode } from "react";
import styles from "./EmptyState.module.css";
import { Mosaic } from "./Mosaic";

/** Nothing there yet, or all done: the mosaic, one sentence, one primary button. */
export function EmptyState({ title, children, actions, isDone = false, picture }: {
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  isDone?: boolean;
  /** Instead of the mosaic; null for none. */
  picture?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      {picture === undefined ? <Mosaic isDone={isDone} /> : picture}
      <h2 className={styles.title}>{title}</h2>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
