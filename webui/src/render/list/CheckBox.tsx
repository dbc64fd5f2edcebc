import type { MouseEvent } from "react";
import styles from "./CheckBox.module.css";

/** A small checkbox that tells whether Shift was held; "some" is half checked. */
export function CheckBox({ isOn, label, onChange }: {
  isOn: boolean | "some";
  label: string;
  onChange: (event: MouseEvent<HTMLButtonElement>) => void;
}) {
  return (
    <button
      type="button"
      role="checkbox"
      tabIndex={-1}
      aria-checked={isOn === "some" ? "mixed" : isOn}
      aria-label={label}
      className={styles.hit}
      onClick={onChange}
    >
      <span className={styles.box} data-on={isOn || undefined}>
        {isOn !== false && (
          <svg viewBox="0 0 16 16" width={16} height={16} aria-hidden focusable="false">
            <path d={isOn === "some" ? "M4.5 8h7" : "M4.2 8.3l2.6 2.6 5-5.4"} fill="none" stroke="#fff" strokeWidth={1.8} strokeLinecap="round" strokeLinejoin="round" />
          </svg>
        )}
      </span>
    </button>
  );
}
