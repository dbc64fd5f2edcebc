import type { ReactNode } from "react";
import styles from "./KeyFigures.module.css";

export interface Figure {
  id: string;
  label: ReactNode;
  value: ReactNode;
  /** Small, below the value. */
  detail?: ReactNode;
  /** Small, right of the label. */
  aside?: ReactNode;
}

/** The key figures of a thing in one bordered strip. */
export function KeyFigures({ figures }: { figures: readonly Figure[] }) {
  return (
    <dl className={styles.strip}>
      {figures.map((figure) => (
        <div key={figure.id} className={styles.figure}>
          <dt className={styles.label}>
            <span>{figure.label}</span>
            {figure.aside && <span className={styles.aside}>{figure.aside}</span>}
          </dt>
          <dd className={`${styles.value} num`}>{figure.value}</dd>
          {figure.detail && <dd className={styles.detail}>{figure.detail}</dd>}
        </div>
      ))}
    </dl>
  );
}
