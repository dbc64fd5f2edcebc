/** Patterns by which numbers, days and instants are shown and read. */
import type { Exact } from "./exact";
import { multiply, roundToScale, whole, withPlaces } from "./exact";
import { Day, dayOf, Instant, local, pad } from "./moments";
import type { Local, TimeOfDay } from "./moments";
import { fail } from "./problem";

const NUMBER = /^([^0#.,%]{0,20})(#,##)?(0{1,34}|#)(?:\.(0{0,34})(#{0,34}))?(%?)([^0#.,%]{0,20})$/u;
const PIECES = /yyyy|yy|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|a(?![A-Za-z])|T(?=H)|[A-Za-z]+|[^A-Za-z]+/g;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** A number by a pattern such as `#,##0.00`; halves are rounded away from zero. */
export function showNumber(value: Exact, pattern: string): string {
  const found = pattern.length <= 100 ? NUMBER.exec(pattern) : null;
  if (found === null) return fail("pattern");
  const [, before = "", grouping, digits = "", fixed = "", loose = "", percent = "", after = ""] = found;
  const scale = fixed.length + loose.length;
  const rounded = roundToScale(percent ? multiply(value, whole(100)) : value, scale, "half_up");
  const count = (rounded.top * 10n ** BigInt(scale)) / rounded.bottom;
  const [head = "", rest = ""] = withPlaces(count < 0n ? -count : count, scale).split(".");
  const tail = rest.slice(0, fixed.length) + rest.slice(fixed.length).replace(/0+$/, "");
  const filled = head.padStart(digits.replaceAll("#", "").length, "0");
  const shown = grouping ? filled.replace(/\B(?=(?:\d{3})+$)/g, ",") : filled;
  return `${count < 0n ? "-" : ""}${before}${shown}${tail ? `.${tail}` : ""}${percent}${after}`;
}

type Shown = Partial<Local>;

const SHOW: Record<string, (at: Shown) => string> = {
  yyyy: ({ day }) => pad(parts(day).year, 4),
  MM: ({ day }) => pad(parts(day).month, 2),
  M: ({ day }) => String(parts(day).month),
  dd: ({ day }) => pad(parts(day).day, 2),
  d: ({ day }) => String(parts(day).day),
  HH: ({ micros }) => pad(unit(micros, 3600), 2),
  H: ({ micros }) => String(unit(micros, 3600)),
  mm: ({ micros }) => pad(unit(micros, 60) % 60, 2),
  ss: ({ micros }) => pad(unit(micros, 1) % 60, 2),
};

function parts(day: Day | undefined): { year: number; month: number; day: number } {
  return day ? day.parts : fail("pattern");
}

function unit(micros: number | undefined, seconds: number): number {
  return micros === undefined ? fail("pattern") : Math.floor(micros / 1_000_000 / seconds);
}

function pieces(pattern: string): string[] {
  return Array.from(pattern).slice(0, 100).join("").match(PIECES) ?? [];
}

/** A day, time of day or instant (in its zone) by a pattern such as `yyyy-MM-dd HH:mm`. */
export function showMoment(value: Day | TimeOfDay | Instant, pattern: string, zone: string | null): string {
  const at: Shown =
    value instanceof Instant ? local(value, zone) : value instanceof Day ? { day: value } : { micros: value.micros };
  const shown = pieces(pattern).map((each) => {
    const show = SHOW[each];
    if (!show && /^[A-Za-z]/.test(each)) fail("pattern");
    return show ?? each;
  });
  return shown.map((each) => (typeof each === "string" ? each : each(at))).join("");
}

const READ: Record<string, string> = {
  yyyy: "(?<year>\\d{4})", yy: "(?<short>\\d{2})", MMM: "(?<named>[A-Za-z]{3})",
  MM: "(?<month>\\d{2})", M: "(?<month>\\d{1,2})", dd: "(?<day>\\d{2})", d: "(?<day>\\d{1,2})",
  HH: "(?<hour>\\d{2})", H: "(?<hour>\\d{1,2})", hh: "(?<hour>\\d{2})", h: "(?<hour>\\d{1,2})",
  mm: "(?<minute>\\d{2})", ss: "(?<second>\\d{2})", a: "(?<half>[AaPp]\\.?[Mm]\\.?)",
};

function reader(pattern: string): RegExp {
  const read = pieces(pattern).map((each) => {
    const known = READ[each];
    if (known === undefined && each !== "T" && /^[A-Za-z]/.test(each)) fail("pattern");
    return known ?? each.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  });
  try {
    return new RegExp(`^${read.join("")}$`);
  } catch {
    return fail("pattern");
  }
}

function hourOf(hour: number, half: string): number {
  if (!half) return hour;
  return hour > 0 && hour <= 12 ? (hour % 12) + (/^p/i.test(half) ? 12 : 0) : 99;
}

function yearOf(long: string | undefined, short: string | undefined): number {
  if (short === undefined) return Number(long ?? 1);
  return Number(short) + (Number(short) < 70 ? 2000 : 1900);
}

/** The local time that a text names by a pattern such as `M/d/yyyy H:mm`. */
export function readLocal(text: string, pattern: string): Local {
  const found = reader(pattern).exec(Array.from(text).slice(0, 100).join(""))?.groups;
  if (!found) return fail("not_a_date");
  const month = found.named ? MONTHS.indexOf(found.named.toLowerCase()) + 1 : Number(found.month ?? 1);
  const day = dayOf(yearOf(found.year, found.short), month, Number(found.day ?? 1));
  const hour = hourOf(Number(found.hour ?? 0), found.half ?? "");
  const [minute, second] = [Number(found.minute ?? 0), Number(found.second ?? 0)];
  if (day === null || hour > 23 || minute > 59 || second > 59) return fail("not_a_date");
  return { day, micros: ((hour * 60 + minute) * 60 + second) * 1_000_000 };
}
