/** The functions that are neither choices nor folds over a list, by their canonical names. */
import * as dates from "./dates";
import {
  compare, divideWhole, Exact, negate, power, remainder, rounded, share, toUnit, toWhole, whole, ZERO,
} from "./exact";
import type { Mode } from "./exact";
import { FOLDS } from "./folds";
import { showMoment, showNumber } from "./formats";
import type { Host } from "./host";
import { Day, Instant, TimeOfDay } from "./moments";
import { compilePattern } from "./patterns";
import { fail } from "./problem";
import * as texts from "./texts";
import { get, isList, isRow, lengthOf, less, limited, same, toText } from "./values";
import type { Value } from "./values";

type Body = (args: readonly Value[], host: Host | null) => Value;

/** takesBlanks: it is called with blanks, too; else a blank argument makes the result blank (or false). */
interface Definition {
  body: Body;
  takesBlanks?: boolean;
}

const ONE = whole(1);

function at(args: readonly Value[], place: number): Value {
  return args[place] ?? null;
}

function num(args: readonly Value[], place: number): Exact {
  const value = at(args, place);
  return value instanceof Exact ? value : fail("wrong_value");
}

function maybe(args: readonly Value[], place: number): Exact | null {
  return at(args, place) === null ? null : num(args, place);
}

function text(args: readonly Value[], place: number): string {
  const value = at(args, place);
  return typeof value === "string" ? value : fail("wrong_value");
}

function day(args: readonly Value[], place: number): Day {
  const value = at(args, place);
  return value instanceof Day ? value : fail("wrong_value");
}

function moment(args: readonly Value[], place: number): Instant {
  const value = at(args, place);
  return value instanceof Instant ? value : fail("wrong_value");
}

function rows(value: Value): readonly Value[] {
  return isList(value) ? value : [];
}

const blankIfEmpty = (value: string): Value => (value === "" ? null : value);
const rounding = (mode: Mode): Definition => ({
  body: (args) => rounded(num(args, 0), toWhole(maybe(args, 1) ?? ZERO), mode),
});
const ofDay = (value: (found: Day) => number): Definition => ({
  body: (args, host) => whole(value(dates.localOf(host, at(args, 0), at(args, 1)).day)),
});
const ofTime = (seconds: number, below: number): Definition => ({
  body: (args, host) => {
    const { micros } = dates.localOf(host, moment(args, 0), at(args, 1));
    return whole(Math.floor(micros / 1_000_000 / seconds) % below);
  },
});
const ofValues = (name: string): Definition => ({
  body: (args) => FOLDS[name]?.(args, null) ?? null,
  takesBlanks: true,
});

function numberOf(value: Value): Exact {
  if (value instanceof Exact) return value;
  return typeof value === "string" ? texts.numberOf(value) : fail("not_a_number");
}

function isIn(args: readonly Value[]): boolean {
  const [value = null, ...choices] = args;
  return choices.some((each) => (isList(each) ? each.some((one) => same(value, one)) : same(value, each)));
}

function rowWith(table: Value, column: Value, value: Value): Value {
  if (value === null) return null;
  return rows(table).find((row) => isRow(row) && same(get(row, toText(column)), value)) ?? null;
}

function show(args: readonly Value[], host: Host | null): Value {
  const value = at(args, 0);
  const pattern = at(args, 1);
  if (typeof pattern !== "string") return limited(toText(value));
  if (value instanceof Exact) return showNumber(value, pattern);
  if (value instanceof Day || value instanceof Instant || value instanceof TimeOfDay) {
    return showMoment(value, pattern, dates.zoneOf(host, at(args, 2)));
  }
  return fail("wrong_value");
}

const LOGIC: Record<string, Definition> = {
  IN: { body: isIn, takesBlanks: true },
  BETWEEN: { body: (args) => !less(at(args, 0), at(args, 1)) && !less(at(args, 2), at(args, 0)) },
  IN_TABLE: { body: (args) => rowWith(at(args, 1), at(args, 2), at(args, 0)) !== null, takesBlanks: true },
  LOOKUP: { body: (args) => rowWith(at(args, 0), at(args, 1), at(args, 2)), takesBlanks: true },
};

const NUMBERS: Record<string, Definition> = {
  ROUND: rounding("half_up"),
  ROUND_EVEN: rounding("half_even"),
  ROUND_UP: rounding("up"),
  TRUNC: rounding("trunc"),
  FLOOR: { body: (args) => toUnit(num(args, 0), maybe(args, 1), "floor") },
  CEIL: { body: (args) => toUnit(num(args, 0), maybe(args, 1), "ceil") },
  ABS: { body: (args) => (num(args, 0).top < 0n ? negate(num(args, 0)) : num(args, 0)) },
  SIGN: { body: (args) => whole(compare(num(args, 0), ZERO)) },
  MOD: { body: (args) => remainder(num(args, 0), num(args, 1)) },
  DIV: { body: (args) => divideWhole(num(args, 0), num(args, 1)) },
  POWER: { body: (args) => power(num(args, 0), num(args, 1)) },
  CLAMP: {
    body: (args) => {
      const [value, low, high] = [num(args, 0), num(args, 1), num(args, 2)];
      return compare(value, low) < 0 ? low : compare(value, high) > 0 ? high : value;
    },
  },
  INTEGER: { body: (args) => whole(toWhole(numberOf(at(args, 0)))) },
  DECIMAL: { body: (args) => numberOf(at(args, 0)) },
  SHARE: {
    body: (args) => share(num(args, 0), num(args, 1), num(args, 2), num(args, 3), maybe(args, 4) ?? ONE),
  },
  SUM: ofValues("SUM"),
  AVG: ofValues("AVG"),
  MIN: ofValues("MIN"),
  MAX: ofValues("MAX"),
};

const TEXTS: Record<string, Definition> = {
  TRIM: { body: (args) => blankIfEmpty(texts.stripped(text(args, 0))) },
  LEFT: { body: (args) => blankIfEmpty(texts.left(text(args, 0), texts.count(num(args, 1)))) },
  RIGHT: { body: (args) => blankIfEmpty(texts.right(text(args, 0), texts.count(num(args, 1)))) },
  MID: {
    body: (args) => {
      const first = texts.count(num(args, 1), 1) - 1;
      const size = maybe(args, 2);
      return blankIfEmpty(texts.slice(text(args, 0), first, size === null ? undefined : first + texts.count(size)));
    },
  },
  LEN: { body: (args) => whole(lengthOf(toText(at(args, 0)))), takesBlanks: true },
  CONTAINS: { body: (args) => text(args, 0).includes(text(args, 1)) },
  STARTS: { body: (args) => text(args, 0).startsWith(text(args, 1)) },
  ENDS: { body: (args) => text(args, 0).endsWith(text(args, 1)) },
  BEFORE: { body: (args) => blankIfEmpty(texts.before(text(args, 0), text(args, 1))) },
  AFTER: { body: (args) => blankIfEmpty(texts.after(text(args, 0), text(args, 1))) },
  PART: {
    body: (args) => blankIfEmpty(texts.part(text(args, 0), text(args, 1), texts.count(num(args, 2), 1))),
  },
  REPLACE: {
    body: (args) => {
      const [value, old] = [at(args, 0), at(args, 1)];
      return value === null || old === null ? value : texts.replaced(text(args, 0), text(args, 1), toText(at(args, 2)));
    },
    takesBlanks: true,
  },
  CONCAT: { body: (args) => limited(args.map(toText).join("")), takesBlanks: true },
  PAD: {
    body: (args) => texts.padded(text(args, 0), texts.count(num(args, 1)), args.length > 2 ? text(args, 2) : "0"),
  },
  MATCHES: { body: (args) => compilePattern(text(args, 1))(text(args, 0)) },
  TEXT: { body: show },
};

const DATES: Record<string, Definition> = {
  DATE: { body: (args) => dates.makeDate(at(args, 0), maybe(args, 1), maybe(args, 2)) },
  DATETIME: {
    body: (args, host) => (at(args, 0) === null ? null : dates.makeInstant(host, at(args, 0), at(args, 1), at(args, 2))),
    takesBlanks: true,
  },
  DATEOF: { body: (args, host) => dates.localOf(host, moment(args, 0), at(args, 1)).day },
  YEAR: ofDay((found) => found.parts.year),
  MONTH: ofDay((found) => found.parts.month),
  DAY: ofDay((found) => found.parts.day),
  WEEKDAY: ofDay((found) => found.weekday),
  WEEK: ofDay(dates.week),
  QUARTER: ofDay((found) => Math.floor((found.parts.month + 2) / 3)),
  HOUR: ofTime(3600, 24),
  MINUTE: ofTime(60, 60),
  DAYS: { body: (args) => whole(day(args, 1).number - day(args, 0).number) },
  MINUTES: { body: (args) => dates.minutesBetween(moment(args, 0), moment(args, 1)) },
  ADD_MINUTES: { body: (args) => dates.addMinutes(moment(args, 0), toWhole(num(args, 1))) },
  EDATE: { body: (args) => dates.edate(day(args, 0), num(args, 1)) },
  EOMONTH: { body: (args) => dates.endOfMonth(day(args, 0), num(args, 1)) },
  TODAY: { body: (_args, host) => host?.today ?? fail("not_offered") },
  NOW: { body: (_args, host) => host?.now ?? fail("not_offered") },
};

export const FUNCTIONS: Record<string, Definition> = { ...LOGIC, ...NUMBERS, ...TEXTS, ...DATES };
