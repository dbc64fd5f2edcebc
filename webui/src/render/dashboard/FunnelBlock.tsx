import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { labelText } from "@/lib/i18n";
import { figureText, groupText } from "./cells";
import type { Block, BlockData } from "./dashboardApi";
import styles from "./Dashboard.module.css";
import { drillAddress } from "./drill";

/** Steps one after the other, each as a share of the first and of the one before. */
export function FunnelBlock({ data, base }: { block: Block; data: BlockData; base: string }) {
  const { t } = useTranslation();
  const group = data.columns.findIndex((column) => column.role === "group");
  const steps = group >= 0
    ? data.rows.map((row, index) => ({ name: groupText(data.columns[group]!, row[group] ?? null, t("dashboard.blank")), value: Number(row.at(-1) ?? 0), column: data.columns.at(-1)!, row: index as number | undefined }))
    : data.columns.map((column, place) => ({ name: labelText(column.label), value: Number(data.rows[0]?.[place] ?? 0), column, row: undefined }));
  const first = steps[0]?.value ?? 0;
  return (
    <ol className={styles.funnel}>
      {steps.map((step, index) => {
        const share = first ? step.value / first : 0;
        const before = steps[index - 1]?.value;
        const to = drillAddress(base, data, step.row);
        return (
          <li key={step.name} className={styles.funnelStep}>
            <span className={styles.rankName}>{step.name}</span>
            <span className={styles.track} aria-hidden><span className={styles.bar} style={{ width: `${share * 100}%` }} /></span>
            <span className={styles.rankValues}>
              <span>{to ? <Link to={to} className={styles.plain}>{figureText(step.column, step.value)}</Link> : figureText(step.column, step.value)}</span>
              {before ? <span className={styles.quiet}>{((step.value / before) * 100).toFixed(1)}%</span> : null}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
