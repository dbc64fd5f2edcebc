/** What folds make of the values of their elements. */
import { add, divide, whole, ZERO } from "./exact";
import { Exact } from "./exact";
import { fail } from "./problem";
import { hashable, less, limited, toText } from "./values";
import type { Value } from "./values";

type Fold = (values: Iterable<Value>, separator: Value) => Value;

function numeric(value: Value): Exact {
  return value instanceof Exact ? value : fail("wrong_value");
}

function total(values: Iterable<Value>): { sum: Exact; count: number } {
  let [sum, count] = [ZERO, 0];
  for (const each of values) {
    if (each === null) continue;
    sum = add(sum, numeric(each));
    count += 1;
  }
  return { sum, count };
}

function extreme(values: Iterable<Value>, isBetter: (value: Value, best: Value) => boolean): Value {
  let best: Value = null;
  for (const each of values) if (each !== null && (best === null || isBetter(each, best))) best = each;
  return best;
}

function countTrue(values: Iterable<Value>): Exact {
  let count = 0;
  for (const each of values) if (each === true) count += 1;
  return whole(count);
}

function some(values: Iterable<Value>, wanted: boolean): boolean {
  for (const each of values) if ((each === true) === wanted) return true;
  return false;
}

function join(values: Iterable<Value>, separator: Value): Value {
  const parts: string[] = [];
  let size = 0;
  for (const each of values) {
    if (each === null) continue;
    const text = toText(each);
    parts.push(text);
    size += text.length;
    if (size > 40_000) break;
  }
  return limited(parts.join(toText(separator)));
}

export const FOLDS: Record<string, Fold> = {
  SUM: (values) => total(values).sum,
  AVG: (values) => {
    const { sum, count } = total(values);
    return count === 0 ? null : divide(sum, whole(count));
  },
  MIN: (values) => extreme(values, less),
  MAX: (values) => extreme(values, (value, best) => less(best, value)),
  COUNT: countTrue,
  COUNT_DISTINCT: (values) => {
    const known = new Set<unknown>();
    for (const each of values) if (each !== null) known.add(hashable(each));
    return whole(known.size);
  },
  ANY: (values) => some(values, true),
  ALL: (values) => !some(values, false),
  JOIN: join,
};
