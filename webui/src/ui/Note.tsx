import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Note.module.css";
import tones from "./tones.module.css";

const ICONS = { pri: Info, ok: CircleCheck, warn: TriangleAlert, err: CircleAlert, neu: Info } as const;

/** A full-width soft block: bold lead, one sentence, at most one link at the right. */
export function Note({ tone = "pri", lead, children, link, live }: {
  tone?: keyof typeof ICONS;
  lead?: ReactNode;
  children?: ReactNode;
  link?: ReactNode;
  /** Said aloud when it appears. */
  live?: "polite" | "assertive";
}) {
  const Icon = ICONS[tone];
  return (
    <div className={cx(styles.note, tones[tone])} role={live === "assertive" ? "alert" : undefined} aria-live={live}>
      <Icon size={15} strokeWidth={1.75} aria-hidden className={styles.icon} />
      <div className={styles.text}>
        {lead && <strong>{lead}</strong>}
        {children}
      </div>
      {link && <div className={styles.link}>{link}</div>}
    </div>
  );
}
