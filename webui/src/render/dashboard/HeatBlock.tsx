import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { cx } from "@/ui/cx";
import { axisText, figureText, groupText } from "./cells";
import type { Block, BlockData, Cell } from "./dashboardApi";
import styles from "./Dashboard.module.css";
import { drillAddress } from "./drill";

const MOST = 53;
const DENSE = 12;

/** Two groups as a field of cells, darker where there is more; every cell says its value. */
export function HeatBlock({ data, base }: { block: Block; data: BlockData; base: string }) {
  const { t } = useTranslation();
  const [down, across] = data.columns;
  const last = data.columns.length - 1;
  const column = data.columns[last];
  if (!down || !across || !column) return null;
  const names = (place: number) => [...new Set(data.rows.map((row) => row[place] ?? null))].sort(byValue);
  const [rows, columns] = [names(0), names(1)];
  const isDense = columns.length > DENSE;
  const short = (value: Cell) => axisText(column, Number(value));
  const most = Math.max(1e-9, ...data.rows.map((row) => Number(row[last] ?? 0)));
  const at = (one: Cell, other: Cell) => data.rows.findIndex((row) => (row[0] ?? null) === one && (row[1] ?? null) === other);
  return (
    <div className={styles.scroll}>
      <table className={cx(styles.heat, isDense && styles.dense)}>
        <thead>
          <tr><td />{columns.map((each) => <th key={String(each)} scope="col">{groupText(across, each, t("dashboard.blank"))}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={String(one)}>
              <th scope="row">{groupText(down, one, t("dashboard.blank"))}</th>
              {columns.map((other) => {
                const place = at(one, other);
                const value = data.rows[place]?.[last] ?? null;
                const part = Math.round((Number(value ?? 0) / most) * MOST);
                const to = place < 0 ? null : drillAddress(base, data, place);
                return (
                  <td key={String(other)} title={value === null ? undefined : figureText(column, value)} style={{ background: `color-mix(in srgb, var(--pri) ${part}%, var(--sunken))` }}>
                    {value === null ? "" : to ? <Link to={to} className={styles.plain}>{short(value)}</Link> : short(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function byValue(one: Cell, other: Cell): number {
  const [a, b] = [Number(one), Number(other)];
  if (Number.isFinite(a) && Number.isFinite(b)) return a - b;
  return String(one ?? "").localeCompare(String(other ?? ""));
}
