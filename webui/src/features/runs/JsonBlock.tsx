import type { Json } from "@/lib/wire";
import styles from "./RunsPage.module.css";

/** What went in or came out: closed until somebody looks. */
export function JsonBlock({ title, value, isOpen = false }: { title: string; value: Json; isOpen?: boolean }) {
  return (
    <details className={styles.details} open={isOpen || undefined}>
      <summary>{title}</summary>
      <pre className={`mono ${styles.json}`}>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}
