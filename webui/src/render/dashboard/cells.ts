/** Cells of blocks as people read them. */
import { fromWire, plain } from "@/formula";
import { roundToScale } from "@/formula/exact";
import { formatMoney, formatNumber, formatPercent, formatShort } from "@/lib/formats";
import { currentLanguage, labelText } from "@/lib/i18n";
import type { Cell, Column } from "./dashboardApi";

/** The value of a group by its title; blank as the given word. */
export function groupText(column: Column, value: Cell, blank: string): string {
  if (value === null || value === "") return blank;
  const label = column.labels?.[String(value)];
  if (label !== undefined) return typeof label === "string" ? label : labelText(label);
  if (column.bucket === "weekday") return weekday(Number(value));
  if (column.bucket === "month") return String(value).slice(0, 7);
  if (column.bucket === "year") return String(value).slice(0, 4);
  return String(value);
}

function weekday(number: number): string {
  const day = new Date(Date.UTC(2024, 0, number));
  return new Intl.DateTimeFormat(currentLanguage(), { weekday: "short", timeZone: "UTC" }).format(day);
}

/** A figure in full, with its unit. */
export function figureText(column: Column, value: Cell): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "✓" : "–";
  if (column.format === "money") return formatMoney(shortened(value, column.scale ?? 2), column.currency ?? "CNY", column.scale ?? undefined);
  if (column.format === "percent") return percentText(value, column.scale ?? 1);
  const text = isNumber(value) ? formatNumber(shortened(value, column.scale ?? 2)) : String(value);
  return column.unit ? `${text} ${labelText(column.unit)}` : text;
}

function isNumber(value: string | number): boolean {
  return typeof value === "number" || /^-?\d+(\.\d+)?$/.test(value);
}

/** The number with at most so many places, rounded half up from its exact digits. */
function shortened(value: string | number, places: number): string {
  return isNumber(value) ? plain(roundToScale(fromWire(value), places, "half_up")) : String(value);
}

function percentText(value: string | number, scale: number): string {
  const share = Number(value);
  return Number.isFinite(share) ? `${(share * 100).toFixed(scale)}%` : formatPercent(value);
}

/** A figure for an axis: short. */
export function axisText(column: Column | undefined, value: number): string {
  return column?.format === "percent" ? `${Math.round(value * 100)}%` : formatShort(value);
}

export interface Change {
  text: string;
  isGood: boolean | null;
}

/** How a figure changed against the compared period: points for percents, else per cent. */
export function changeOf(column: Column, value: Cell, before: Cell | undefined): Change | null {
  const [now, then] = [Number(value), Number(before)];
  if (value === null || before === null || before === undefined || !Number.isFinite(now) || !Number.isFinite(then)) return null;
  const isPercent = column.format === "percent";
  if (!isPercent && then === 0) return null;
  const change = isPercent ? (now - then) * 100 : ((now - then) / Math.abs(then)) * 100;
  const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
  const good = column.good === "down" ? change < 0 : change > 0;
  return { text: `${sign}${Math.abs(change).toFixed(1)}${isPercent ? "" : "%"}`, isGood: change === 0 || column.good === "" ? null : good };
}
