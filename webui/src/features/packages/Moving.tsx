import styles from "./Moving.module.css";

/** A bar of something whose end is not known. */
export function Moving({ label }: { label: string }) {
  return <div className={styles.track} role="progressbar" aria-label={label}><div className={styles.bar} /></div>;
}
