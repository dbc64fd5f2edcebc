/** What every part of the designer is handed: the flow, what is known about it, and how to change it. */
import { createContext, useContext } from "react";
import type { Label } from "@/lib/wire";
import type { CheckProblem, DocumentSummary, DraftDocument } from "@/render/builder/draftApi";
import { slotAt, textOf } from "@/render/builder/words";
import type { Slot } from "@/render/formula/formulaApi";
import { valueAt, type FlowBody } from "./flowModel";
import type { Kinds } from "./kindsApi";

export interface Choice {
  value: string;
  label: string;
}

export interface Designer {
  draft: number | undefined;
  document: DraftDocument;
  body: FlowBody;
  kinds: Kinds;
  /** Every document of the draft, for pickers. */
  documents: readonly DocumentSummary[];
  problems: readonly CheckProblem[];
  change: (next: FlowBody, label?: Label | string, gesture?: string) => void;
}

export const DesignerContext = createContext<Designer | null>(null);

export function useDesigner(): Designer {
  const found = useContext(DesignerContext);
  if (!found) throw new Error("useDesigner outside of the designer");
  return found;
}

/** The slot of a formula, once the draft on the server has the element that it belongs to; null until then. */
export function slotFor(designer: Designer, pointer: string, expect?: string): Slot | null {
  const owner = pointer.slice(0, pointer.lastIndexOf("/"));
  const element = ownerOf(owner);
  if (element && valueAt(designer.document.body, element) === undefined) return null;
  return slotAt(designer.draft, designer.document.key, pointer, expect);
}

/** The innermost element with an identity that a place is in. */
function ownerOf(pointer: string): string {
  const parts = pointer.split("/");
  // What is filled in below an element (values, an event) may still be missing; a list's elements must be there.
  const at = parts.findLastIndex((part, place) => LISTS.has(parts[place - 1] ?? "") && part !== "");
  return at < 0 ? "" : parts.slice(0, at + 1).join("/");
}

const LISTS = new Set([
  "steps", "branches", "agreed", "rejected", "withdrawn", "otherwise", "nodes", "approvers", "fallback", "copies", "to", "effects", "query",
  "headers", "sort", "variables", "returns", "input",
]);

/** The documents of a kind as choices. */
export function documentsOf(designer: Designer, kind: string): Choice[] {
  return designer.documents
    .filter((each) => each.kind === kind && each.state !== "removed")
    .map((each) => ({ value: each.name, label: textOf(each.label, each.name) }));
}

/** How a document is called by people. */
export function nameOfDocument(designer: Designer, kind: string, name: unknown): string {
  const found = designer.documents.find((each) => each.kind === kind && each.name === name);
  return found ? textOf(found.label, found.name) : String(name ?? "");
}
