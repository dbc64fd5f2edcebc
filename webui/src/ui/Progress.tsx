import styles from "./Progress.module.css";

/** A bar of how far something is, 0 to 1. label: for those who do not see it. */
export function Progress({ value, label }: { value: number; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <div className={styles.track} role="progressbar" aria-label={label} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
      <div className={styles.bar} style={{ width: `${percent}%` }} />
    </div>
  );
}
