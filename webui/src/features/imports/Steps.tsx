import { Check } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";
import styles from "./Imports.module.css";

const STEPS = ["file", "map", "preview", "run"] as const;

/** How far one is: four steps in a row. */
export function Steps({ current }: { current: number }) {
  const { t } = useTranslation();
  return (
    <ol className={styles.steps} aria-label={t("imports.steps")}>
      {STEPS.map((name, place) => (
        <li key={name} className={cx(styles.step, place === current && styles.now, place < current && styles.past)} aria-current={place === current ? "step" : undefined}>
          <span className={styles.dot} aria-hidden>{place < current ? <Check size={12} strokeWidth={2.25} /> : place + 1}</span>
          {t(`imports.step_${name}`)}
        </li>
      ))}
    </ol>
  );
}
