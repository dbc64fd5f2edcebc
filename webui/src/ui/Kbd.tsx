import styles from "./Kbd.module.css";
import { keyParts } from "@/lib/shortcuts";

/** Keys as they stand on the keyboard: `<Kbd keys="mod+k" />`. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className={styles.keys}>
      {keyParts(keys).map((part, index) => (
        <kbd key={index} className={styles.key}>{part}</kbd>
      ))}
    </span>
  );
}
