/** A ruleset document as the designer sees it: its factors, wherever they stand among the steps, and changes of them. */
import type { Body } from "@/render/builder/draftApi";
import type { Label } from "@/lib/wire";

export interface FactorRow {
  uid: string;
  label?: Label | string;
  help?: Label | string;
  when?: string;
  audience?: string;
  value: string;
  yearly?: { from: string; to: string };
  from?: string;
  to?: string;
  cap?: string;
  off?: true;
}

export const COMBINES = ["max", "min", "sum", "product", "first", "best", "bonus_sum"] as const;
export type Combine = (typeof COMBINES)[number];

export interface Step {
  [key: string]: unknown;
  uid: string;
  label?: Label | string;
  do?: Step[];
  otherwise?: Step[];
}

export interface Factor extends Step {
  factor: string;
  over?: string;
  combine: Combine;
  default: string;
  cap?: string;
  rows: FactorRow[];
}

export interface RulesBody extends Body {
  for?: string;
  steps: Step[];
}

const BLOCKS = ["do", "otherwise"] as const;

export function isFactor(step: Step): step is Factor {
  return typeof step.factor === "string" && Array.isArray(step.rows);
}

/** A factor and where it stands: the pointer goes by uids, as the server's slots do. */
export interface PlacedFactor {
  factor: Factor;
  pointer: string;
}

/** Every factor in order, those inside blocks too. */
export function factorsOf(steps: readonly Step[], at = "/steps"): PlacedFactor[] {
  return steps.flatMap((step) => {
    const pointer = `${at}/${step.uid}`;
    const inner = BLOCKS.flatMap((block) => factorsOf(step[block] ?? [], `${pointer}/${block}`));
    return isFactor(step) ? [{ factor: step, pointer }, ...inner] : inner;
  });
}

/** The steps with one of them changed, found by its uid at any depth. */
export function withStep<T extends Step>(steps: readonly Step[], uid: string, change: (step: T) => Step): Step[] {
  return steps.map((step) => {
    if (step.uid === uid) return change(step as T);
    const blocks = BLOCKS.filter((block) => step[block]);
    if (blocks.length === 0) return step;
    return { ...step, ...Object.fromEntries(blocks.map((block) => [block, withStep(step[block] ?? [], uid, change)])) };
  });
}

export function withRow(steps: readonly Step[], factor: string, row: string, change: (row: FactorRow) => FactorRow): Step[] {
  return withStep<Factor>(steps, factor, (step) => ({ ...step, rows: step.rows.map((each) => (each.uid === row ? change(each) : each)) }));
}

export function withoutRow(steps: readonly Step[], factor: string, row: string): Step[] {
  return withStep<Factor>(steps, factor, (step) => ({ ...step, rows: step.rows.filter((each) => each.uid !== row) }));
}

export function withNewRow(steps: readonly Step[], factor: string, row: FactorRow, after?: string): Step[] {
  return withStep<Factor>(steps, factor, (step) => {
    const place = after === undefined ? step.rows.length : step.rows.findIndex((each) => each.uid === after) + 1;
    return { ...step, rows: [...step.rows.slice(0, place), row, ...step.rows.slice(place)] };
  });
}

/** A row goes before another one, or to the end, in the same factor or another. */
export function withRowMoved(steps: readonly Step[], row: FactorRow, from: string, to: string, before: string | null): Step[] {
  const without = withoutRow(steps, from, row.uid);
  return withStep<Factor>(without, to, (step) => {
    const found = before === null ? -1 : step.rows.findIndex((each) => each.uid === before);
    const place = found < 0 ? step.rows.length : found;
    return { ...step, rows: [...step.rows.slice(0, place), row, ...step.rows.slice(place)] };
  });
}

/** The object with a key set; blank values take the key away, since defaults are left out of documents. */
export function patched<T extends object>(object: T, values: Partial<Record<keyof T, unknown>>): T {
  const next = { ...object, ...values } as Record<string, unknown>;
  for (const key of Object.keys(values)) {
    if (next[key] === undefined || next[key] === "" || next[key] === null) delete next[key];
  }
  return next as T;
}

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** A uid that no element has yet, with overwhelming likelihood. */
export function freshUid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return `r${Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("")}`;
}

export type RowState = "same" | "new" | "changed";

/** How a row differs from the version in force, read off the draft's differences. */
export function rowState(uid: string, differences: readonly { pointer: string; action: string }[]): RowState {
  const own = differences.filter((each) => each.pointer.split("/").includes(uid));
  if (own.some((each) => each.action === "add" && each.pointer.endsWith(`/${uid}`))) return "new";
  return own.length ? "changed" : "same";
}

/** What stood at a key of the row before the draft, or undefined when it is as it was. */
export function before(uid: string, key: string, differences: readonly { pointer: string; before?: unknown }[]): unknown {
  return differences.find((each) => each.pointer.endsWith(`/${uid}/${key}`))?.before;
}

/** Whether the two rows can hold for one document at one time, as far as their days tell. */
export function daysOverlap(one: FactorRow, other: FactorRow): boolean {
  const last = "9999-12-31";
  if ((one.from ?? "") > (other.to ?? last) || (other.from ?? "") > (one.to ?? last)) return false;
  if (!one.yearly || !other.yearly) return true;
  const days = (yearly: { from: string; to: string }) =>
    yearly.from <= yearly.to ? [[yearly.from, yearly.to]] : [[yearly.from, "12-31"], ["01-01", yearly.to]];
  return days(one.yearly).some(([a = "", b = ""]) => days(other.yearly!).some(([c = "", d = ""]) => a <= d && c <= b));
}

/** The first value that the factors lead to: the first `let` of a single value after the last factor. */
export function resultStep(steps: readonly Step[]): Step | null {
  const last = steps.findLastIndex((step) => typeof step.factor === "string");
  return steps.slice(last + 1).find((step) => typeof step.let === "string" && step.over === undefined) ?? null;
}

/** The labels of all steps by their uids. */
export function labelsOf(steps: readonly Step[]): Map<string, Label | string> {
  const found = new Map<string, Label | string>();
  for (const step of steps) {
    if (step.label !== undefined) found.set(step.uid, step.label);
    for (const block of BLOCKS) for (const [uid, label] of labelsOf(step[block] ?? [])) found.set(uid, label);
  }
  return found;
}
