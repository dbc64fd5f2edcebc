import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Tag.module.css";
import type { Tone } from "./tone";
import tones from "./tones.module.css";

/** State or option of a record; not clickable. dot: marks a status value. outlined: on selected rows. */
export function Tag({ tone = "neu", dot = false, outlined = false, icon, children }: {
  tone?: Tone;
  dot?: boolean;
  outlined?: boolean;
  icon?: ReactNode;
  children: ReactNode;
}) {
  return (
    <span className={cx(styles.tag, tones[tone], outlined && styles.outlined)} data-tag="">
      {dot && <i className={styles.dot} />}
      {icon}
      {children}
    </span>
  );
}
