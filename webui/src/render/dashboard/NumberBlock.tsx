import { Link } from "react-router";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";
import { changeOf, figureText } from "./cells";
import type { Block, BlockData } from "./dashboardApi";
import styles from "./Dashboard.module.css";
import { drillAddress } from "./drill";

/** One figure with its change and a small line of how it went; the figure opens its list. */
export function NumberBlock({ data, base }: { block: Block; data: BlockData; base: string }) {
  const { t } = useTranslation();
  const place = data.columns.findLastIndex((column) => column.role === "figure" || column.role === "measure");
  const column = data.columns[place];
  if (!column) return null;
  const value = data.rows[0]?.[place] ?? null;
  const change = changeOf(column, value, data.previous?.[0]?.[place]);
  const to = drillAddress(base, data);
  const text = figureText(column, value);
  return (
    <div className={styles.number}>
      <div className={styles.big}>{to ? <Link to={to} className={styles.plain}>{text}</Link> : text}</div>
      <div className={styles.change}>
        {change && <span className={cx(change.isGood === true && styles.good, change.isGood === false && styles.bad)}>{change.text}</span>}
        {change && <span className={styles.quiet}>{t("dashboard.against_before")}</span>}
        {data.trend && data.trend.length > 1 && <Sparkline values={data.trend.map((row) => Number(row.at(-1) ?? 0))} />}
      </div>
    </div>
  );
}

const WIDTH = 72;
const HEIGHT = 20;

function Sparkline({ values }: { values: readonly number[] }) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (index: number) => (index / (values.length - 1)) * (WIDTH - 2) + 1;
  const y = (value: number) => HEIGHT - 3 - (high === low ? 0.5 : (value - low) / (high - low)) * (HEIGHT - 6);
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} height={HEIGHT} preserveAspectRatio="none" aria-hidden className={styles.spark}>
      <polyline points={points} fill="none" stroke="var(--pri)" strokeWidth={1.5} strokeLinejoin="round" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
