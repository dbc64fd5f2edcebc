/** Rows of one factor that can count at the same time; what happens then is said, not forbidden. */
import { daysOverlap, type Factor } from "./rulesModel";
import { textOf } from "./shared";

export interface Overlap {
  factor: Factor;
  rows: string[];
  names: string[];
}

/** Groups of rows that are valid on the same days and whose conditions do not exclude each other by themselves. */
export function overlapsOf(factors: readonly Factor[]): Overlap[] {
  return factors.flatMap((factor) => {
    const rows = factor.rows.filter((row) => !row.off);
    const together = rows.filter((one) => rows.some((other) => other.uid !== one.uid && daysOverlap(one, other) && !exclude(one.when, other.when)));
    if (together.length < 2) return [];
    return [{ factor, rows: together.map((row) => row.uid), names: together.map((row) => textOf(row.label, row.value)) }];
  });
}

const EQUALS = /^\s*([\p{L}_][\p{L}\p{N}_.]*)\s*=\s*('(?:[^']|'')*'|-?\d+(?:\.\d+)?)\s*$/u;

/** Whether two conditions ask the same field for different values. */
function exclude(one: string | undefined, other: string | undefined): boolean {
  const [first, second] = [EQUALS.exec(one ?? ""), EQUALS.exec(other ?? "")];
  return first !== null && second !== null && first[1] === second[1] && first[2] !== second[2];
}
