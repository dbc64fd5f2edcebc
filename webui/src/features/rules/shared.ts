/** What the parts of the designer are handed, and how they speak. */
import type { Label } from "@/lib/wire";
import { labelText } from "@/lib/i18n";
import type { DraftDocument } from "@/render/builder/draftApi";
import type { Slot } from "@/render/formula/formulaApi";
import type { FactorRow, PlacedFactor, RulesBody } from "./rulesModel";

export interface PartProps {
  body: RulesBody;
  document: DraftDocument;
  factors: readonly PlacedFactor[];
  change: (next: RulesBody, label?: Label | string, gesture?: string) => void;
  /** Look at what a rule does to a real document. */
  onTry: (row: FactorRow) => void;
}

/** The text of a label as documents write it: one text, or one for each language. */
export function textOf(label: Label | string | undefined, otherwise = ""): string {
  if (label === undefined) return otherwise;
  return (typeof label === "string" ? label : labelText(label)) || otherwise;
}

export function slotAt(draft: number | undefined, document: string, pointer: string, expect?: string): Slot {
  return { ...(draft !== undefined && { draft }), document, pointer, ...(expect && { expect }) };
}
