/** Days of a calendar as texts, 2026-11-16; weeks begin on Monday. */
import { dayAfter } from "@/fields/literals";

export type Span = "month" | "week";

/** The number of the weekday, Monday is 0. */
export function weekdayOf(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

export const startOfWeek = (day: string): string => dayAfter(day, -weekdayOf(day));

const startOfMonth = (day: string): string => `${day.slice(0, 7)}-01`;

/** The first day of the month so many months later. */
export function monthAfter(day: string, months: number): string {
  const moment = new Date(`${startOfMonth(day)}T00:00:00Z`);
  moment.setUTCMonth(moment.getUTCMonth() + months);
  return moment.toISOString().slice(0, 10);
}

/** The days that a calendar shows around a day: whole weeks. */
export function daysOf(day: string, span: Span): string[] {
  const first = startOfWeek(span === "week" ? day : startOfMonth(day));
  const last = span === "week" ? dayAfter(first, 6) : dayAfter(startOfWeek(dayAfter(monthAfter(day, 1), -1)), 6);
  const days = [first];
  while (days.at(-1)! < last) days.push(dayAfter(days.at(-1)!));
  return days;
}

export interface Entry<T> {
  record: T;
  from: string;
  to: string;
}

/** The entries of each day, longest first, so that those over several days stand in the same order on each. */
export function byDay<T>(days: readonly string[], entries: readonly Entry<T>[]): Map<string, Entry<T>[]> {
  const found = new Map<string, Entry<T>[]>(days.map((day) => [day, []]));
  for (const entry of entries) {
    for (const day of days) {
      if (day >= entry.from && day <= entry.to) found.get(day)!.push(entry);
    }
  }
  for (const each of found.values()) each.sort((one, other) => (one.from < other.from ? -1 : one.from > other.from ? 1 : one.to > other.to ? -1 : 0));
  return found;
}
