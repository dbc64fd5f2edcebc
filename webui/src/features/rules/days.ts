/** The days of a rule as they are typed: "2026-11-11 ~ 2026-11-13" once, "11-11 ~ 11-13" each year; pure. */
import type { FactorRow } from "./rulesModel";

export type Days = Pick<FactorRow, "from" | "to" | "yearly">;

const DAY = /^(?:(\d{4})[-/.])?(\d{1,2})[-/.](\d{1,2})$/;
const LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

interface Day {
  year: string | null;
  day: string;
}

/** The days that a text says, {} for always, null when it says none. */
export function readDays(text: string): Days | null {
  const said = text.trim();
  if (said === "") return {};
  const [first = "", last = first, ...more] = said.split(/\s*(?:~|～|—|–|至|到|\bto\b|\s)\s*/i);
  const [from, to] = [readDay(first), readDay(last)];
  if (more.length || (first !== "" && !from) || (last !== "" && !to) || (!from && !to)) return null;
  if (from?.year || to?.year) {
    if ((from && !from.year) || (to && !to.year)) return null;
    const days = { ...(from && { from: written(from) }), ...(to && { to: written(to) }) };
    return days.from && days.to && days.from > days.to ? null : days;
  }
  return from && to ? { yearly: { from: from.day, to: to.day } } : null;
}

function readDay(text: string): Day | null {
  const [, year = null, month = "", day = ""] = DAY.exec(text) ?? [];
  const most = LENGTHS[Number(month) - 1];
  if (!most || Number(day) < 1 || Number(day) > most) return null;
  const found = `${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const isReal = !year || new Date(`${year}-${found}T00:00:00Z`).getUTCDate() === Number(day);
  return isReal ? { year, day: found } : null;
}

function written({ year, day }: Day): string {
  return `${year}-${day}`;
}

/** The same days as they are typed. */
export function daysText({ from, to, yearly }: Days): string {
  if (yearly) return `${yearly.from} ~ ${yearly.to}`;
  return from || to ? `${from ?? ""} ~ ${to ?? ""}`.trim() : "";
}

/** A day on which they hold, to try them on; null: any. */
export function dayWithin({ from, to, yearly }: Days, thisYear: number): string | null {
  if (yearly) return `${thisYear}-${yearly.from}`;
  return from ?? to ?? null;
}
