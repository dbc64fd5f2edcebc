/** What the server knows about formulas: checking in their place, completions, names, functions. */
import { send } from "@/lib/api";
import type { Label } from "@/lib/wire";
import type { AstNode } from "@/formula";

/** Where a formula stands: in a document of a draft (pointer by uids), or in an entity. expect: what it must give. */
export type Slot = { draft?: number; expect?: string } & (
  | { document: string; pointer: string }
  | { entity: string; lines?: string }
);

export interface FormulaType {
  kind: string;
  nullable: boolean;
  is_integer: boolean;
  scale: number | null;
  entity?: string;
}

export interface FormulaProblem {
  kind: string;
  message: string;
  hint?: string;
  position: number;
  length: number;
  fixes: { label: Label | string; text: string }[];
}

export interface Sample {
  id: number;
  ref: string;
  title: string;
  value?: unknown;
  problem?: { message: string };
  is_hidden?: boolean;
}

export interface FormulaCheck {
  is_sound: boolean;
  type: FormulaType | null;
  problems: FormulaProblem[];
  reads: string[];
  refs: string[];
  calls: string[];
  browser: boolean;
  ast: AstNode | null;
  samples: Sample[];
}

export interface Completion {
  kind: "field" | "function" | "word";
  text: string;
  holes: [number, number][];
  label: Label;
  type?: FormulaType;
  doc?: Label;
  example?: string;
  signature?: string;
}

export interface NameMember {
  name: string;
  label: Label;
  key: string;
  type: FormulaType;
  has_members: boolean;
}

export interface FunctionInfo {
  name: string;
  aliases: string[];
  category: string;
  signatures: { text: string }[];
  result: string;
  doc: Label;
  example: string;
}

export const formulaApi = {
  async check(text: string, slot: Slot, samples: number | number[] = 3, signal?: AbortSignal): Promise<FormulaCheck> {
    return (await send<FormulaCheck>("POST", "/api/v1/formulas/check", { body: { text, slot, samples }, signal })).data;
  },
  async complete(text: string, position: number, slot: Slot) {
    type Found = { from: number; to: number; items: Completion[] };
    return (await send<Found>("POST", "/api/v1/formulas/complete", { body: { text, position, slot } })).data;
  },
  async names(slot: Slot, path = "", signal?: AbortSignal) {
    type Found = { expect: FormulaType | null; members: NameMember[] };
    return (await send<Found>("POST", "/api/v1/formulas/names", { body: { slot, path }, signal })).data;
  },
  async functions(signal?: AbortSignal): Promise<FunctionInfo[]> {
    return (await send<{ data: FunctionInfo[] }>("GET", "/api/v1/formulas/functions", { signal })).data.data;
  },
};

/** A place counted in characters as the server counts, in the halves of surrogate pairs that an editor counts. */
export function toUnits(text: string, position: number): number {
  return Array.from(text).slice(0, position).join("").length;
}

/** And back. */
export function toCharacters(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}

/** The key of a type's name in the message files. */
export function typeKey(type: Pick<FormulaType, "kind" | "is_integer">): `formula.type.${TypeName}` {
  return `formula.type.${(type.kind === "number" && type.is_integer ? "integer" : type.kind) as TypeName}`;
}

export type TypeName =
  | "blank" | "boolean" | "date" | "datetime" | "integer" | "json" | "list" | "number" | "record" | "text" | "time";
