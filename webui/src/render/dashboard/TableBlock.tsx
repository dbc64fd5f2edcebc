import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { labelText } from "@/lib/i18n";
import { cx } from "@/ui/cx";
import { changeOf, figureText, groupText } from "./cells";
import type { Block, BlockData } from "./dashboardApi";
import styles from "./Dashboard.module.css";
import { drillAddress } from "./drill";

/** Rows with all figures, and how the last one changed when there is something to compare with. */
export function TableBlock({ data, base }: { block: Block; data: BlockData; base: string }) {
  const { t } = useTranslation();
  const groups = data.columns.filter((column) => column.role === "group").length;
  const isText = (place: number) => data.columns[place]?.role === "group" || data.columns[place]?.type === "text";
  const last = data.columns.length - 1;
  const compared = data.previous?.some((row) => row?.[last] != null) ? last : -1;
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th>#</th>
            {data.columns.map((column, place) => <th key={column.name} className={cx(!isText(place) && styles.right)}>{labelText(column.label)}</th>)}
            {compared >= 0 && <th className={styles.right}>{t("dashboard.change")}</th>}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row, index) => {
            const isRest = data.rest > 0 && index === data.rows.length - 1;
            const to = isRest ? null : drillAddress(base, data, index);
            const change = compared < 0 ? null : changeOf(data.columns[compared]!, row[compared] ?? null, data.previous?.[index]?.[compared]);
            return (
              <tr key={index}>
                <td className={styles.quiet}>{isRest ? "" : index + 1}</td>
                {data.columns.map((column, place) => {
                  const text = column.role === "group"
                    ? isRest ? (place === 0 ? t("dashboard.rest", { count: data.rest }) : "") : groupText(column, row[place] ?? null, t("dashboard.blank"))
                    : figureText(column, row[place] ?? null);
                  const isLink = to !== null && place === Math.max(0, groups - 1);
                  return <td key={column.name} className={cx(!isText(place) && styles.right)}>{isLink ? <Link to={to} className={styles.plain}>{text}</Link> : text}</td>;
                })}
                {compared >= 0 && <td className={cx(styles.right, change?.isGood === true && styles.good, change?.isGood === false && styles.bad)}>{change?.text ?? ""}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
      {data.is_cut && <p className={styles.none}>{t("dashboard.cut")}</p>}
    </div>
  );
}
