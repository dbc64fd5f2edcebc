/** Labels and places of documents, as every builder reads and writes them. */
import { currentLanguage, labelText } from "@/lib/i18n";
import type { Label } from "@/lib/wire";
import type { Slot } from "@/render/formula/formulaApi";

/** A label as documents write it: one text for both languages, or one for each. */
export type Words = Label | string;

/** The text of a label in the person's language. */
export function textOf(label: Words | undefined | null, otherwise = ""): string {
  if (label === undefined || label === null) return otherwise;
  return (typeof label === "string" ? label : labelText(label)) || otherwise;
}

/** A label for both languages. */
export function asLabel(label: Words | undefined | null): Label {
  if (typeof label === "string") return { zh: label, en: label };
  return label ?? ({ zh: "", en: "" } as Label);
}

/** The label with another text in the person's language; the other language keeps its own. */
export function withText(label: Words | undefined | null, text: string): Words {
  const spoken = currentLanguage() === "en" ? "en" : "zh";
  return typeof label === "object" && label !== null ? { ...label, [spoken]: text } : { zh: text, en: text };
}

/** The slot of a formula inside a document; the pointer goes by uids. */
export function slotAt(draft: number | undefined, document: string, pointer: string, expect?: string): Slot {
  return { ...(draft !== undefined && { draft }), document, pointer, ...(expect && { expect }) };
}

/** The slot of a formula over the records of an entity, such as a condition that need not be there yet. */
export function entitySlot(draft: number | undefined, entity: string, expect?: string): Slot {
  return { ...(draft !== undefined && { draft }), entity, ...(expect && { expect }) };
}

/** An identity for a new element: never used before, never used again. */
export function freshUid(): string {
  return `u${crypto.randomUUID().replaceAll("-", "").slice(0, 11)}`;
}

/** The name, or with a number behind it when it is taken. */
export function freeName(wanted: string, taken: readonly string[]): string {
  const base = /^[a-z][a-z0-9_]*$/.test(wanted) ? wanted : "item";
  if (!taken.includes(base)) return base;
  let number = 2;
  while (taken.includes(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

/** The things with the one at a place moved to another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [taken] = next.splice(from, 1);
  if (taken !== undefined) next.splice(Math.max(0, Math.min(next.length, to)), 0, taken);
  return next;
}

/** The object with other values; what is undefined, "" or null goes away. */
export function patched<T extends object>(before: T, values: Record<string, unknown>): T {
  const entries = Object.entries({ ...before, ...values }).filter(([, value]) => value !== undefined && value !== "" && value !== null);
  return Object.fromEntries(entries) as T;
}
