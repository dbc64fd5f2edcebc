/** How numbers, money and times are written. Numbers are texts of decimals, never floats. */
import { currentLanguage } from "./i18n";

const MINUS = "\u2212";
let zone = "Asia/Shanghai";

/** The workspace's time zone, as the server says. */
export function setZone(name: string): void {
  zone = name;
}

export function currentZone(): string {
  return zone;
}

/** Split "-1234.50" into its sign, its whole digits and its decimal places; null for no number. */
function taken(value: string | number): { isNegative: boolean; whole: string; decimals: string } | null {
  const found = /^(-?)(\d+)(?:\.(\d*))?$/.exec(String(value).trim());
  if (!found) return null;
  return { isNegative: found[1] === "-", whole: found[2]!.replace(/^0+(?=\d)/, ""), decimals: found[3] ?? "" };
}

/** A decimal with thousands separators. scale: decimal places to fill up to; it never rounds. */
export function formatNumber(value: string | number | null | undefined, scale?: number | null): string {
  if (value === null || value === undefined || value === "") return "";
  const parts = taken(value);
  if (!parts) return String(value);
  const grouped = parts.whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const decimals = scale == null ? parts.decimals : parts.decimals.padEnd(scale, "0");
  return `${parts.isNegative ? MINUS : ""}${grouped}${decimals ? `.${decimals}` : ""}`;
}

/** A fraction as percent: "0.125" is 12.5%. */
export function formatPercent(value: string | number | null | undefined): string {
  if (value === null || value === undefined || value === "") return "";
  const parts = taken(value);
  if (!parts) return String(value);
  const moved = parts.decimals.padEnd(2, "0");
  const decimals = moved.slice(2).replace(/0+$/, "");
  const whole = (parts.whole + moved.slice(0, 2)).replace(/^0+(?=\d)/, "");
  const text = formatNumber(decimals ? `${whole}.${decimals}` : whole);
  return `${parts.isNegative && /[1-9]/.test(text) ? MINUS : ""}${text}%`;
}

const signs = new Map<string, string>();

/** The sign of a currency: "CNY" is ¥. */
export function currencySign(currency: string): string {
  const key = `${currentLanguage()} ${currency}`;
  let sign = signs.get(key);
  if (sign === undefined) {
    try {
      const format = new Intl.NumberFormat(currentLanguage(), { style: "currency", currency, currencyDisplay: "narrowSymbol" });
      sign = format.formatToParts(0).find((part) => part.type === "currency")?.value ?? currency;
    } catch {
      sign = currency;
    }
    signs.set(key, sign);
  }
  return sign;
}

/** An amount with the sign of its currency and exactly its digits. */
export function formatMoney(value: string | number | null | undefined, currency: string, scale?: number): string {
  const text = formatNumber(value, scale ?? 2);
  if (!text) return "";
  const sign = currency ? currencySign(currency) : "";
  const gap = /[A-Za-z]$/.test(sign) ? " " : "";
  return text.startsWith(MINUS) ? `${MINUS}${sign}${gap}${text.slice(1)}` : `${sign}${gap}${text}`;
}

/** A gain with a plus, a spend with a minus sign: "+505", "−800". */
export function formatChange(value: string | number): string {
  const text = formatNumber(value);
  return text.startsWith(MINUS) || text === "0" ? text : `+${text}`;
}

/** Ten thousand and more in short: 48.2万, 482k. For counters only. */
export function formatShort(value: number): string {
  if (currentLanguage() === "zh-CN") {
    const word = new Intl.NumberFormat("zh-CN", { notation: "compact", maximumFractionDigits: 1 });
    return Math.abs(value) < 10_000 ? formatNumber(value) : word.format(value);
  }
  return Math.abs(value) < 10_000
    ? formatNumber(value)
    : new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

interface Wall {
  year: string;
  month: string;
  day: string;
  time: string;
  seconds: string;
}

const walls = new Map<string, Intl.DateTimeFormat>();

/** An instant as the clock on the wall of the zone shows it. */
function wallOf(instant: string, name: string): Wall | null {
  const moment = new Date(instant);
  if (Number.isNaN(moment.getTime())) return null;
  let format = walls.get(name);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: name, year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
    });
    walls.set(name, format);
  }
  const parts = Object.fromEntries(format.formatToParts(moment).map((part) => [part.type, part.value]));
  return {
    year: parts.year!, month: parts.month!, day: parts.day!,
    time: `${parts.hour}:${parts.minute}`, seconds: parts.second!,
  };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function dayText(year: string, month: string, day: string, withYear: boolean): string {
  if (currentLanguage() === "en") {
    const text = `${Number(day)} ${MONTHS[Number(month) - 1] ?? month}`;
    return withYear ? `${text} ${year}` : text;
  }
  return withYear ? `${year}-${month}-${day}` : `${month}-${day}`;
}

/** A day, "2026-11-16" or "16 Nov 2026". */
export function formatDate(value: string | null | undefined): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(value ?? "");
  return found ? dayText(found[1]!, found[2]!, found[3]!, true) : (value ?? "");
}

/** An instant in the workspace's zone, "2026-11-16 19:42" or "16 Nov 2026, 19:42". brief: without this year. */
export function formatInstant(
  value: string | null | undefined,
  { brief = false, seconds = false, zoneName = zone }: { brief?: boolean; seconds?: boolean; zoneName?: string } = {},
): string {
  if (!value) return "";
  const wall = wallOf(value, zoneName);
  if (!wall) return value;
  const withYear = !brief || wall.year !== wallOf(new Date().toISOString(), zoneName)?.year;
  const day = dayText(wall.year, wall.month, wall.day, withYear);
  const time = seconds ? `${wall.time}:${wall.seconds}` : wall.time;
  return currentLanguage() === "en" ? `${day}, ${time}` : `${day} ${time}`;
}

/** Today in the workspace's zone, as 2026-11-16. */
export function today(): string {
  const wall = wallOf(new Date().toISOString(), zone)!;
  return `${wall.year}-${wall.month}-${wall.day}`;
}

/** An instant as the wall clock of the zone shows it, "2026-11-16T19:42:05", for editing. */
export function toWall(instant: string, zoneName = zone): string {
  const wall = wallOf(instant, zoneName);
  return wall ? `${wall.year}-${wall.month}-${wall.day}T${wall.time}:${wall.seconds}` : "";
}

/** The instant at which the wall clock of the zone shows this; the earlier one where it shows it twice. */
export function fromWall(wall: string, zoneName = zone): string {
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc)) return "";
  // The offset at the guess may differ from the one at the result, so it is asked twice.
  let guess = asUtc;
  for (let round = 0; round < 2; round += 1) {
    const shown = Date.parse(`${toWall(new Date(guess).toISOString(), zoneName)}Z`);
    guess += asUtc - shown;
  }
  return new Date(guess).toISOString().replace(".000Z", "Z");
}

/** A size in bytes for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KB", "MB", "GB"];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** How long something has waited, in its largest unit: [2, "hours"]. */
export function waited(since: string, now = Date.now()): [number, "minutes" | "hours" | "days"] {
  const minutes = Math.max(0, Math.floor((now - Date.parse(since)) / 60_000));
  if (minutes < 60) return [minutes, "minutes"];
  if (minutes < 48 * 60) return [Math.floor(minutes / 60), "hours"];
  return [Math.floor(minutes / 1440), "days"];
}
