import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { Tag } from "@/ui/Tag";
import type { Change } from "./packagesApi";
import styles from "./PlanView.module.css";
import { kindOf, TONES } from "./planModel";

const SIGNS = { added: "+", removed: "−", renamed: "→", changed: "~" } as const;

/** One change as a sentence, with the records it touches and what it does to them. */
export function ChangeLine({ change }: { change: Change }) {
  const { t } = useTranslation();
  const kind = kindOf(change);
  return (
    <li className={styles.change}>
      <span className={`${styles.sign} mono`} aria-hidden>{SIGNS[kind]}</span>
      <span className={styles.words}>
        {labelText(change.text)}
        {change.risk !== "safe" && <small>{t(`builder.risk.${change.risk}`)}</small>}
      </span>
      <span className={`${styles.rows} num`}>{change.rows ? formatNumber(change.rows) : ""}</span>
      <span className={styles.mark}><Tag tone={TONES[kind]}>{t(`packages.${kind}`)}</Tag></span>
    </li>
  );
}
