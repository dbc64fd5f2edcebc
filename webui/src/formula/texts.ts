/** Text functions. A text is never empty: '' is blank. */
import { parse, toCount } from "./exact";
import type { Exact } from "./exact";
import { fail } from "./problem";
import { lengthOf, limited, MAX_TEXT } from "./values";

/** What Python takes for space at the ends of a text. */
const ENDS = /^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g;
const MARK = "\ufeff";

/** The text without space at its ends. */
export function stripped(text: string): string {
  if (!text.includes(MARK)) return text.replace(ENDS, "");
  // The byte order mark is space to JavaScript only.
  return text.replaceAll(MARK, "\ue000\ue001").replace(ENDS, "").replaceAll("\ue000\ue001", MARK);
}

/** A number that counts characters or places. */
export function count(value: Exact, lowest = 0): number {
  const found = toCount(value);
  return found < lowest ? fail("out_of_range") : found;
}

function hasPairs(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

/** text[from:to] by characters, not by halves of surrogate pairs. */
export function slice(text: string, from: number, to?: number): string {
  return hasPairs(text) ? Array.from(text).slice(from, to).join("") : text.slice(from, to);
}

export function left(text: string, size: number): string {
  return slice(text, 0, size);
}

export function right(text: string, size: number): string {
  return size === 0 ? "" : slice(text, -size);
}

export function before(text: string, mark: string): string {
  const at = text.indexOf(separator(mark));
  return at < 0 ? text : text.slice(0, at);
}

export function after(text: string, mark: string): string {
  const at = text.indexOf(separator(mark));
  return at < 0 ? "" : text.slice(at + mark.length);
}

export function part(text: string, mark: string, place: number): string {
  return text.split(separator(mark))[place - 1] ?? "";
}

function separator(mark: string): string {
  return mark === "" ? fail("wrong_value") : mark;
}

export function replaced(text: string, old: string, other: string): string | null {
  const times = text.split(old).length - 1;
  if (lengthOf(text) + times * (lengthOf(other) - lengthOf(old)) > MAX_TEXT) fail("text_too_long");
  return limited(text.replaceAll(old, () => other));
}

export function padded(text: string, size: number, fill: string): string {
  if (size > MAX_TEXT || lengthOf(fill) !== 1) fail("out_of_range");
  return fill.repeat(Math.max(0, size - lengthOf(text))) + text;
}

/** The number that a text shows. */
export function numberOf(text: string): Exact {
  return parse(stripped(text));
}
