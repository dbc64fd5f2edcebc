import styles from "./Counter.module.css";

/** A count beside a word. */
export function Counter({ children }: { children: string | number }) {
  return <span className={`${styles.counter} num`}>{children}</span>;
}
