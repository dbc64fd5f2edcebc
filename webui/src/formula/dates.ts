/** Date and time functions. */
import { toCount, whole } from "./exact";
import type { Exact } from "./exact";
import { readLocal } from "./formats";
import type { Host } from "./host";
import {
  addDays, Day, dayOf, daysInMonth, fromLocal, Instant, instant, isoWeek, local, parseDay, parseInstant,
} from "./moments";
import type { Local } from "./moments";
import { fail } from "./problem";
import { stripped } from "./texts";
import { lengthOf, toText } from "./values";
import type { Value } from "./values";

const MINUTE = 60_000_000n;

/** The zone that is named, else the host's. */
export function zoneOf(host: Host | null, zone: Value): string {
  return typeof zone === "string" ? zone : (host?.zone ?? "UTC");
}

/** DATE: of three numbers, or of a text. */
export function makeDate(year: Value, month: Exact | null, day: Exact | null): Day {
  if (month === null || day === null) {
    const text = typeof year === "string" ? stripped(year) : "";
    return (lengthOf(text) === 10 ? parseDay(text) : null) ?? fail("not_a_date");
  }
  return dayOf(toCount(year as Exact), toCount(month), toCount(day)) ?? fail("not_a_date");
}

/** DATETIME: of a text in ISO form or by a pattern. */
export function makeInstant(host: Host | null, value: Value, pattern: Value, zone: Value): Instant {
  if (typeof pattern === "string") return fromLocal(readLocal(stripped(toText(value)), pattern), zoneOf(host, zone));
  if (typeof value !== "string" || lengthOf(value) < 10 || lengthOf(value) > 40) return fail("not_a_date");
  return parseInstant(stripped(value), zoneOf(host, zone)) ?? fail("not_a_date");
}

/** What the clocks show at an instant; a day is itself. */
export function localOf(host: Host | null, at: Value, zone: Value): Local {
  if (at instanceof Day) return { day: at, micros: 0 };
  return at instanceof Instant ? local(at, zoneOf(host, zone)) : fail("wrong_value");
}

export function week(day: Day): number {
  return isoWeek(day).week;
}

export function minutesBetween(start: Instant, end: Instant): Exact {
  const difference = end.micros - start.micros;
  const rest = ((difference % MINUTE) + MINUTE) % MINUTE;
  return whole((difference - rest) / MINUTE);
}

export function addMinutes(at: Instant, minutes: bigint): Instant {
  return instant(at.micros + minutes * MINUTE);
}

function monthAfter(day: Day, months: Exact): { year: number; month: number } {
  const { year, month } = day.parts;
  const place = year * 12 + month - 1 + toCount(months);
  if (!(place >= 12 && place < 120_000)) fail("out_of_range");
  return { year: Math.floor(place / 12), month: (place % 12) + 1 };
}

/** EDATE: so many months later, at the latest on the month's last day. */
export function edate(day: Day, months: Exact): Day {
  const { year, month } = monthAfter(day, months);
  return dayOf(year, month, Math.min(day.parts.day, daysInMonth(year, month))) ?? fail("out_of_range");
}

/** EOMONTH: the last day of the month so many months later. */
export function endOfMonth(day: Day, months: Exact): Day {
  const { year, month } = monthAfter(day, months);
  return dayOf(year, month, daysInMonth(year, month)) ?? fail("out_of_range");
}

export function plusDays(day: Day, count: Exact): Day {
  return addDays(day, toCount(count));
}
