import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { figureText, groupText } from "./cells";
import type { Block, BlockData } from "./dashboardApi";
import styles from "./Dashboard.module.css";
import { drillAddress } from "./drill";

/** Horizontal bars with their names and values, the longest first or in the order of the groups. */
export function RankingBlock({ data, base }: { block: Block; data: BlockData; base: string }) {
  const { t } = useTranslation();
  const groups = data.columns.filter((column) => column.role === "group");
  const measures = data.columns.map((column, place) => ({ column, place })).filter(({ column }) => column.role !== "group");
  const most = measures.map(({ place }) => Math.max(1e-9, ...data.rows.map((row) => Math.abs(Number(row[place] ?? 0)))));
  return (
    <ol className={styles.ranking}>
      {data.rows.map((row, index) => {
        const name = groups.map((column, place) => groupText(column, row[place] ?? null, t("dashboard.blank"))).join(" · ");
        const isRest = data.rest > 0 && index === data.rows.length - 1;
        const to = isRest ? null : drillAddress(base, data, index);
        const text = isRest ? t("dashboard.rest", { count: data.rest }) : name;
        return (
          <li key={index} className={styles.rank}>
            <span className={styles.rankName}>{to ? <Link to={to} className={styles.plain}>{text}</Link> : text}</span>
            <span className={styles.bars} aria-hidden>
              {measures.slice(0, 2).map(({ place }, at) => (
                <span key={place} className={styles.track}>
                  <span className={at === 0 && measures.length > 1 ? styles.pale : styles.bar} style={{ width: `${(Math.abs(Number(row[place] ?? 0)) / most[at]!) * 100}%` }} />
                </span>
              ))}
            </span>
            <span className={styles.rankValues}>{measures.map(({ column, place }) => <span key={place}>{figureText(column, row[place] ?? null)}</span>)}</span>
          </li>
        );
      })}
    </ol>
  );
}
