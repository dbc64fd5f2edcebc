/** Values of formulas: how they compare, how they show, and how they come from the wire. */
import type { Kind } from "./ast";
import { compare, Exact, fromWire, plain } from "./exact";
import { Day, Instant, parseDay, parseInstant, parseTimeOfDay, TimeOfDay } from "./moments";
import { fail } from "./problem";

/** A record: names to values. A record that stands for a stored one has its key under "id". */
export interface Row {
  readonly [name: string]: Value;
}

export type Value = null | boolean | string | Exact | Day | Instant | TimeOfDay | Row | readonly Value[];

export const MAX_TEXT = 10_000;

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isRow(value: Value): value is Row {
  return (
    typeof value === "object" && value !== null && !isList(value) &&
    !(value instanceof Exact || value instanceof Day || value instanceof Instant || value instanceof TimeOfDay)
  );
}

/** By code point, as the server and the databases compare; JavaScript's own comparison goes by halves of surrogates. */
export function compareTexts(a: string, b: string): number {
  const size = Math.min(a.length, b.length);
  for (let at = 0; at < size; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function difference(a: Value, b: Value): number | null {
  if (a instanceof Exact && b instanceof Exact) return compare(a, b);
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  if (a instanceof Day && b instanceof Day) return a.number - b.number;
  if (a instanceof Instant && b instanceof Instant) return a.micros < b.micros ? -1 : a.micros > b.micros ? 1 : 0;
  if (a instanceof TimeOfDay && b instanceof TimeOfDay) return a.micros - b.micros;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  return null;
}

/** Whether a comes before b; stops the evaluation when they cannot be compared. */
export function less(a: Value, b: Value): boolean {
  const found = difference(a, b);
  return found === null ? fail("wrong_value") : found < 0;
}

function identity(value: Value): Value {
  return isRow(value) && value.id !== undefined ? value.id : value;
}

/** Whether two values are equal; two blanks are, a truth value is no number. */
export function same(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  const [x, y] = [identity(a), identity(b)];
  if (isRow(x) && isRow(y)) return sameRows(x, y);
  if (isList(x) && isList(y)) return x.length === y.length && x.every((each, at) => same(each, y[at] ?? null));
  return x === y || difference(x, y) === 0;
}

function sameRows(a: Row, b: Row): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name] ?? null, b[name] ?? null));
}

/** What equal values have in common, for sets. */
export function hashable(value: Value): unknown {
  const own = identity(value);
  if (own instanceof Exact) return `n${own.top}/${own.bottom}`;
  if (own instanceof Day || own instanceof Instant || own instanceof TimeOfDay) return `t${own.toString()}`;
  if (typeof own === "string") return `s${own}`;
  return own;
}

/** Any value as & shows it. */
export function toText(value: Value): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (value instanceof Exact) return plain(value);
  if (value instanceof Day || value instanceof Instant || value instanceof TimeOfDay) return value.toString();
  return fail("wrong_value");
}

/** How many characters a text has, counted as people and the server do. */
export function lengthOf(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at += 1) {
    const unit = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    if (unit >= 0xd800 && unit <= 0xdbff && next >= 0xdc00 && next <= 0xdfff) count -= 1;
  }
  return count;
}

/** The text, blank when empty; stops the evaluation when it is too long. */
export function limited(text: string): string | null {
  if (text.length > MAX_TEXT && lengthOf(text) > MAX_TEXT) fail("text_too_long");
  return text === "" ? null : text;
}

/** A member of a record; blank when the record has none. */
export function get(record: Value, name: string): Value {
  if (record === null) return null;
  if (isList(record)) return fail("wrong_value");
  if (!isRow(record)) return fail("not_loaded");
  return Object.hasOwn(record, name) ? (record[name] ?? null) : null;
}

/** A value from the wire, for a member of that kind. A text that is none of the kind counts as blank. */
export function fromJson(value: unknown, kind: Kind): Value {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value;
  if (kind === "number" && (typeof value === "string" || typeof value === "number")) return fromWire(value);
  if (typeof value !== "string") return null;
  switch (kind) {
    case "date":
      return parseDay(value);
    case "datetime":
      return parseInstant(value, null);
    case "time":
      return parseTimeOfDay(value);
    default:
      return value;
  }
}

/** A value for the wire and for comparing with the server's: numbers, days and instants as text. */
export function toJson(value: Value): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (isList(value)) return value.map(toJson);
  if (!isRow(value)) return toText(value);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toJson(each)]));
}
