/**
 * Exact numbers: whole numbers, decimals of at most 34 digits, and fractions inside a formula. Never a float.
 *
 * The three sorts differ only in how far they may grow, which is why each number remembers which it is.
 */
import { fail } from "./problem";

export type Sort = "whole" | "decimal" | "fraction";

export type Mode = "half_up" | "half_even" | "floor" | "ceil" | "trunc" | "up";

/** top / bottom in lowest terms, bottom above zero. */
export class Exact {
  constructor(
    readonly top: bigint,
    readonly bottom: bigint,
    readonly sort: Sort,
  ) {}
}

export const DIGITS = 34;
const LIMIT = 10n ** 34n;
const BITS_LIMIT = 1n << 512n;
const LEAST_EXPONENT = 67;

export const ZERO = new Exact(0n, 1n, "whole");
const HUNDRED = new Exact(100n, 1n, "whole");

export function whole(value: bigint | number): Exact {
  return new Exact(BigInt(value), 1n, "whole");
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [abs(a), abs(b)];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}

/** The quotient rounded down, unlike bigint's own, which rounds towards zero. */
export function floorDiv(top: bigint, bottom: bigint): bigint {
  const quotient = top / bottom;
  return top % bottom !== 0n && top < 0n !== bottom < 0n ? quotient - 1n : quotient;
}

function fitWhole(value: bigint): bigint {
  if (abs(value) >= BITS_LIMIT) fail("number_too_long");
  return value;
}

function reduced(top: bigint, bottom: bigint): [bigint, bigint] {
  const common = gcd(top, bottom);
  const sign = bottom < 0n ? -1n : 1n;
  return common === 0n ? [0n, 1n] : [(sign * top) / common, (sign * bottom) / common];
}

function fraction(top: bigint, bottom: bigint): Exact {
  const [over, under] = reduced(top, bottom);
  fitWhole(over);
  fitWhole(under);
  return new Exact(over, under, "fraction");
}

/** How many decimal places 1/bottom has, or null when it does not end. */
function places(bottom: bigint): number | null {
  let [twos, fives, rest] = [0, 0, bottom];
  while (rest % 2n === 0n) [rest, twos] = [rest / 2n, twos + 1];
  while (rest % 5n === 0n) [rest, fives] = [rest / 5n, fives + 1];
  return rest === 1n ? Math.max(twos, fives) : null;
}

/** A decimal that fits into 34 digits. */
function decimal(top: bigint, bottom: bigint): Exact {
  const [over, under] = reduced(top, bottom);
  const scale = places(under) ?? 0;
  const digits = (over * 10n ** BigInt(scale)) / under;
  if (scale > LEAST_EXPONENT || abs(digits) >= LIMIT) fail("number_too_long");
  return new Exact(over, under, "decimal");
}

function combine(a: Exact, b: Exact, top: bigint, bottom: bigint): Exact {
  if (a.sort === "whole" && b.sort === "whole") return new Exact(fitWhole(top), 1n, "whole");
  if (a.sort === "fraction" || b.sort === "fraction") return fraction(top, bottom);
  return decimal(top, bottom);
}

export function add(a: Exact, b: Exact): Exact {
  return combine(a, b, a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
}

export function subtract(a: Exact, b: Exact): Exact {
  return combine(a, b, a.top * b.bottom - b.top * a.bottom, a.bottom * b.bottom);
}

export function multiply(a: Exact, b: Exact): Exact {
  return combine(a, b, a.top * b.top, a.bottom * b.bottom);
}

/** The exact quotient: a fraction when the decimal does not end. */
export function divide(a: Exact, b: Exact): Exact {
  if (b.top === 0n) fail("divide_by_zero");
  const [top, bottom] = reduced(a.top * b.bottom, a.bottom * b.top);
  return bottom === 1n ? new Exact(top, 1n, "whole") : settle(fraction(top, bottom));
}

/** A fraction whose decimal ends, as a whole number or decimal; else the number itself. */
export function settle(value: Exact): Exact {
  if (value.sort !== "fraction") return value;
  if (value.bottom === 1n) return new Exact(value.top, 1n, "whole");
  const scale = places(value.bottom);
  if (scale === null || scale > DIGITS) return value;
  const digits = (value.top * 10n ** BigInt(scale)) / value.bottom;
  return abs(digits) >= LIMIT ? value : new Exact(value.top, value.bottom, "decimal");
}

/** A number as a formula hands it out. */
export function finish(value: Exact): Exact {
  const settled = settle(value);
  if (settled.sort === "whole" && abs(settled.top) >= LIMIT) fail("number_too_long");
  return settled;
}

export function compare(a: Exact, b: Exact): number {
  const difference = a.top * b.bottom - b.top * a.bottom;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function negate(value: Exact): Exact {
  return subtract(ZERO, value);
}

export function percent(value: Exact): Exact {
  return divide(value, HUNDRED);
}

export function power(base: Exact, exponent: Exact): Exact {
  const times = toWhole(exponent);
  if (times < -20n || times > 20n) fail("out_of_range");
  let result = whole(1);
  for (let step = abs(times); step > 0n; step -= 1n) result = multiply(result, base);
  return times < 0n ? divide(whole(1), result) : result;
}

/** A whole number as bigint; stops the evaluation when something stands after the point. */
export function toWhole(value: Exact): bigint {
  if (value.bottom !== 1n) fail("not_whole");
  return value.top;
}

/** A whole number small enough to count with; beyond that it is only known to be very large or very small. */
export function toCount(value: Exact): number {
  return Number(toWhole(value));
}

function roundedQuotient(top: bigint, bottom: bigint, mode: Mode): bigint {
  const below = floorDiv(top, bottom);
  const rest = top - below * bottom;
  if (rest === 0n || mode === "floor") return below;
  const away = top > 0n;
  const twice = 2n * rest - bottom;
  switch (mode) {
    case "ceil":
      return below + 1n;
    case "up":
      return away ? below + 1n : below;
    case "trunc":
      return away ? below : below + 1n;
    case "half_up":
      return twice > 0n || (twice === 0n && away) ? below + 1n : below;
    case "half_even":
      return twice > 0n || (twice === 0n && below % 2n !== 0n) ? below + 1n : below;
  }
}

/** Rounded to so many places (negative: tens, hundreds …). */
export function rounded(value: Exact, scale: bigint, mode: Mode): Exact {
  if (scale < -34n || scale > 34n) fail("out_of_range");
  if (scale > 0n) return roundToScale(value, Number(scale), mode);
  if (scale === 0n && value.sort === "whole") return value;
  const unit = 10n ** -scale;
  const count = roundedQuotient(value.top, value.bottom * unit, mode);
  if (abs(count) >= LIMIT) fail("number_too_long");
  return new Exact(count * unit, 1n, "whole");
}

/** The value with exactly so many places, as it is stored; `digits` of it must not pass 34. */
export function roundToScale(value: Exact, scale: number, mode: Mode): Exact {
  const shift = 10n ** BigInt(scale);
  const digits = roundedQuotient(value.top * shift, value.bottom, mode);
  if (abs(digits) >= LIMIT) fail("number_too_long");
  const [top, bottom] = reduced(digits, shift);
  return new Exact(top, bottom, "decimal");
}

/** The largest (or least) multiple of the unit that is not above (or below) the value. */
export function toUnit(value: Exact, unit: Exact | null, mode: "floor" | "ceil"): Exact {
  if (unit === null) return new Exact(roundedQuotient(value.top, value.bottom, mode), 1n, "whole");
  if (unit.top <= 0n) fail("out_of_range");
  const count = roundedQuotient(value.top * unit.bottom, value.bottom * unit.top, mode);
  return settle(multiply(new Exact(count, 1n, "whole"), unit));
}

export function divideWhole(value: Exact, by: Exact): Exact {
  if (by.top === 0n) fail("divide_by_zero");
  const [top, bottom] = reduced(value.top * by.bottom, value.bottom * by.top);
  return new Exact(floorDiv(top, bottom), 1n, "whole");
}

/** What is left after whole divisions; the sign is the divisor's. */
export function remainder(value: Exact, by: Exact): Exact {
  const times = divideWhole(value, by);
  if (value.sort === "whole" && by.sort === "whole") return new Exact(value.top - times.top * by.top, 1n, "whole");
  const bottom = value.bottom * by.bottom;
  const [top, under] = reduced(value.top * by.bottom - times.top * by.top * value.bottom, bottom);
  return settle(new Exact(top, under, "fraction"));
}

/** What of the total, in units, belongs to the pieces before+1 … after of a whole: cumulative floors. */
export function share(total: Exact, before: Exact, after: Exact, all: Exact, unit: Exact): Exact {
  if (unit.top <= 0n) fail("out_of_range");
  if (all.top === 0n) return ZERO;
  const upTo = (pieces: Exact) =>
    floorDiv(total.top * unit.bottom * all.bottom * pieces.top, total.bottom * unit.top * all.top * pieces.bottom);
  return settle(multiply(new Exact(upTo(after) - upTo(before), 1n, "whole"), unit));
}

/** The canonical text: no exponent, no needless zeros, no minus zero. */
export function plain(value: Exact): string {
  const scale = places(value.bottom);
  if (settle(value).sort === "fraction" || scale === null) return fail("needs_rounding");
  return withPlaces((value.top * 10n ** BigInt(scale)) / value.bottom, scale);
}

/** Digits with a point before the last `scale` of them. */
export function withPlaces(digits: bigint, scale: number): string {
  const shown = abs(digits).toString().padStart(scale + 1, "0");
  const text = scale === 0 ? shown : `${shown.slice(0, -scale)}.${shown.slice(-scale)}`;
  return digits < 0n ? `-${text}` : text;
}

const NUMBER = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d{1,4}))?$/;

/** The number that a text (already without blanks around it) shows, or a failure of the evaluation. */
export function parse(text: string): Exact {
  const found = NUMBER.exec(text);
  if (found === null) return fail("not_a_number");
  if (text.length > 100) return fail("number_too_long");
  const [, sign, head = "", tail = "", only = "", exponent = "0"] = found;
  const behind = tail + only;
  const written = (head + behind).replace(/^0+(?=\d)/, "");
  const power10 = Number(exponent) - behind.length;
  const adjusted = written.length - 1 + power10;
  if (Math.abs(power10) > DIGITS || adjusted >= DIGITS || written.length > DIGITS) return fail("number_too_long");
  const digits = BigInt(sign === "-" ? `-${written}` : written);
  const [top, bottom] =
    power10 >= 0 ? [digits * 10n ** BigInt(power10), 1n] : reduced(digits, 10n ** BigInt(-power10));
  return new Exact(top, bottom, "decimal");
}

/** A number from the wire: whole when it is written without a point. */
export function fromWire(value: string | number): Exact {
  const text = typeof value === "number" ? String(value) : value;
  return /^-?\d+$/.test(text) ? new Exact(fitWhole(BigInt(text)), 1n, "whole") : parse(text);
}
