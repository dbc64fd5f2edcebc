/** Days, instants and times of day, without JavaScript's own idea of a time zone. */
import { fail } from "./problem";

const MICROS_PER_DAY = 86_400_000_000n;
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

/** A day of the proleptic Gregorian calendar, as days since 1970-01-01. Years go from 1 to 9999. */
export class Day {
  constructor(readonly number: number) {}

  get parts(): { year: number; month: number; day: number } {
    const at = new Date(0);
    at.setUTCDate(this.number + 1);
    return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
  }

  /** 1 is Monday. */
  get weekday(): number {
    return ((((this.number + 3) % 7) + 7) % 7) + 1;
  }

  toString(): string {
    const { year, month, day } = this.parts;
    return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  }
}

/** A point in time, as microseconds since 1970-01-01T00:00Z. */
export class Instant {
  constructor(readonly micros: bigint) {}

  toString(): string {
    return `${localText(local(this, null))}Z`;
  }
}

/** A time of day, as microseconds since midnight. */
export class TimeOfDay {
  constructor(readonly micros: number) {}

  toString(): string {
    return timeText(this.micros);
  }
}

/** What a clock on the wall shows: a day and the microseconds since its midnight. */
export interface Local {
  day: Day;
  micros: number;
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** The day, or null when there is none such. */
export function dayOf(year: number, month: number, day: number): Day | null {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return null;
  if (day > daysInMonth(year, month)) return null;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return new Day(Math.round(at.getTime() / 86_400_000));
}

/** So many days later; stops the evaluation beyond the years 1 to 9999. */
export function addDays(day: Day, count: number): Day {
  const number = day.number + count;
  if (!(number >= FIRST_DAY && number <= LAST_DAY)) fail("out_of_range");
  return new Day(number);
}

function micros(here: Local): bigint {
  return BigInt(here.day.number) * MICROS_PER_DAY + BigInt(here.micros);
}

/** An instant from its microseconds; stops the evaluation beyond the years 1 to 9999. */
export function instant(count: bigint, problem: "not_a_date" | "out_of_range" = "out_of_range"): Instant {
  const day = count / MICROS_PER_DAY - (count % MICROS_PER_DAY < 0n ? 1n : 0n);
  if (day < BigInt(FIRST_DAY) || day > BigInt(LAST_DAY)) fail(problem);
  return new Instant(count);
}

function shifted(count: bigint): Local {
  const rest = ((count % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  const day = Number((count - rest) / MICROS_PER_DAY);
  if (day < FIRST_DAY || day > LAST_DAY) fail("out_of_range");
  return { day: new Day(day), micros: Number(rest) };
}

/** What the clocks of a zone (null: UTC) show at an instant. */
export function local(at: Instant, zone: string | null): Local {
  return shifted(at.micros + offset(at.micros, zone));
}

/** The instant at which the clocks of a zone show this; of two the first, in a gap as before the clocks changed. */
export function fromLocal(here: Local, zone: string | null): Instant {
  const wall = micros(here);
  const before = offset(wall - MICROS_PER_DAY, zone);
  const after = offset(wall + MICROS_PER_DAY, zone);
  if (before !== after && offset(wall - before, zone) !== before && offset(wall - after, zone) === after) {
    return instant(wall - after, "not_a_date");
  }
  return instant(wall - before, "not_a_date");
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23", era: "short",
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    });
    clocks.set(zone, made);
    return made;
  } catch {
    return fail("unknown_zone");
  }
}

/** How far the zone's clocks are ahead of UTC at that instant, in microseconds. */
function offset(at: bigint, zone: string | null): bigint {
  if (zone === null || zone === "UTC") return 0n;
  const whole = at / 1_000_000n - (at % 1_000_000n < 0n ? 1n : 0n);
  const parts: Record<string, number> = {};
  let isBefore = false;
  for (const { type, value } of clock(zone).formatToParts(Number(whole) * 1000)) {
    if (type === "era") isBefore = value.startsWith("B");
    else if (type !== "literal") parts[type] = Number(value);
  }
  const shown = new Date(0);
  const year = parts.year ?? 0;
  shown.setUTCFullYear(isBefore ? 1 - year : year, (parts.month ?? 1) - 1, parts.day);
  shown.setUTCHours(parts.hour ?? 0, parts.minute, parts.second);
  return (BigInt(Math.round(shown.getTime() / 1000)) - whole) * 1_000_000n;
}

export function timeText(count: number): string {
  const seconds = Math.floor(count / 1_000_000);
  const rest = count % 1_000_000;
  const shown = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((each) => pad(Math.floor(each), 2)).join(":");
  return rest ? `${shown}.${pad(rest, 6)}` : shown;
}

function localText(here: Local): string {
  return `${here.day.toString()}T${timeText(here.micros)}`;
}

const DATE_TEXT = /^(\d{4})(?:-(\d{2})-(\d{2})|(\d{2})(\d{2}))$/;
const WEEK_TEXT = /^(\d{4})(?:-W(\d{2})(?:-(\d))?|W(\d{2})(\d)?)$/;

/** The day that an ISO text names: 2024-02-29, 20240229, 2024-W09-4. null when it names none. */
export function parseDay(text: string): Day | null {
  const week = WEEK_TEXT.exec(text);
  if (week !== null) return dayOfWeek(Number(week[1]), Number(week[2] ?? week[4]), Number(week[3] ?? week[5] ?? 1));
  const found = DATE_TEXT.exec(text);
  return found && dayOf(Number(found[1]), Number(found[2] ?? found[4]), Number(found[3] ?? found[5]));
}

function dayOfWeek(year: number, week: number, weekday: number): Day | null {
  const fourth = dayOf(year, 1, 4);
  if (fourth === null || week < 1 || weekday < 1 || weekday > 7) return null;
  const monday = fourth.number - (fourth.weekday - 1);
  const day = new Day(monday + (week - 1) * 7 + weekday - 1);
  return isoWeek(new Day(monday + (week - 1) * 7)).week === week ? day : null;
}

/** The week of ISO 8601 and the year that it belongs to. */
export function isoWeek(day: Day): { year: number; week: number } {
  const thursday = new Day(day.number - day.weekday + 4);
  const year = thursday.parts.year;
  const first = dayOf(year, 1, 1) ?? thursday;
  return { year, week: Math.floor((thursday.number - first.number) / 7) + 1 };
}

const REST = "(?:[.,](\\d+))?";
const AHEAD = "(Z|[+-]\\d{2}(?::?\\d{2}(?::?\\d{2}(?:\\.\\d{1,6})?)?)?)?";
const TIME_TEXTS = [
  new RegExp(`^(\\d{2})(?::(\\d{2})(?::(\\d{2})${REST})?)?${AHEAD}$`),
  new RegExp(`^(\\d{2})(?:(\\d{2})(?:(\\d{2})${REST})?)?${AHEAD}$`),
];

/** The time of day in microseconds and, when it is given, how far its zone is ahead of UTC. */
function parseTime(text: string): { micros: number; ahead: bigint | null } | null {
  const found = TIME_TEXTS.map((each) => each.exec(text)).find((each) => each !== null);
  if (!found) return null;
  const [hour, minute, second] = [Number(found[1]), Number(found[2] ?? 0), Number(found[3] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const rest = Number((found[4] ?? "").slice(0, 6).padEnd(6, "0"));
  return { micros: ((hour * 60 + minute) * 60 + second) * 1_000_000 + rest, ahead: parseOffset(found[5]) };
}

function parseOffset(text: string | undefined): bigint | null {
  if (text === undefined) return null;
  if (text === "Z") return 0n;
  const [hours = 0, minutes = 0, seconds = 0] = (text.slice(1).replaceAll(":", "").match(/\d{2}/g) ?? []).map(Number);
  const size = BigInt((hours * 60 + minutes) * 60 + seconds) * 1_000_000n;
  return text.startsWith("-") ? -size : size;
}

/** The instant that an ISO text names; without an offset its clock is that of the zone. null when it names none. */
export function parseInstant(text: string, zone: string | null): Instant | null {
  const cut = /^(\d{4}-\d{2}-\d{2}|\d{8}|\d{4}-W\d{2}(?:-\d)?|\d{4}W\d{2}\d?)(?:.(.+))?$/su.exec(text);
  if (cut === null) return null;
  const day = parseDay(cut[1] ?? "");
  const time = cut[2] === undefined ? { micros: 0, ahead: null } : parseTime(cut[2]);
  if (day === null || time === null) return null;
  const here = { day, micros: time.micros };
  return time.ahead === null ? fromLocal(here, zone) : instant(micros(here) - time.ahead, "not_a_date");
}

export function parseTimeOfDay(text: string): TimeOfDay | null {
  const found = parseTime(text);
  return found === null || found.ahead !== null ? null : new TimeOfDay(found.micros);
}
