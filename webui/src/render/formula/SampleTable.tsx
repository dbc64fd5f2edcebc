import { useTranslation } from "react-i18next";
import { valueText } from "./valueText";
import type { Sample } from "./formulaApi";
import styles from "./FormulaDialog.module.css";

/** What the formula gives for some real records. isStale: the last result that there was, in grey. */
export function SampleTable({ samples, isStale }: { samples: readonly Sample[]; isStale: boolean }) {
  const { t } = useTranslation();
  if (samples.length === 0) return <p className={styles.none}>{t("formula.no_samples")}</p>;
  return (
    <table className={styles.samples} data-stale={isStale || undefined}>
      <thead>
        <tr><th>{t("formula.record")}</th><th className={styles.right}>{t("formula.result")}</th></tr>
      </thead>
      <tbody>
        {samples.map((each) => (
          <tr key={each.id}>
            <td>{each.title || each.ref}</td>
            <td className={styles.right}>
              {each.problem ? <span className={styles.bad}>{each.problem.message}</span> : each.is_hidden ? "•••" : valueText(each.value, t("state.empty"))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
