import type { ComponentType } from "react";
import type { AppEntity, AppField, Json } from "@/lib/wire";
import type { FieldIds } from "@/ui/FieldRow";
import type { Operator } from "./operators";

/** What is shown of a value. row: one line of a list; page: all of it. */
export interface DisplayProps {
  field: AppField;
  value: Json | undefined;
  /** The record beside it, for what depends on another field, such as a currency. */
  record?: Readonly<Record<string, Json | undefined>>;
  place: "row" | "page";
}

/** An input for a value as it stands on the wire; null is blank. */
export interface EditProps {
  field: AppField;
  value: Json | undefined;
  onChange: (value: Json) => void;
  /** Label, help and errors belong to the input through these. */
  ids: FieldIds;
  isWrong?: boolean;
  autoFocus?: boolean;
  /** The input was left: the moment to check the value. */
  onBlur?: () => void;
  /** The values beside it, as they are being edited. */
  record?: Readonly<Record<string, Json | undefined>>;
  entity?: AppEntity;
  /** Which fields of lines are shown, in this order; all when left out. */
  columns?: readonly { field: string; width: number }[];
  /** Problems of the parts inside, by pointer below the field: "0/qty". */
  inner?: Readonly<Record<string, readonly string[]>>;
  /** A tight place: a cell of a grid. */
  isCell?: boolean;
}

/** An editor for the values of a condition, as raw texts. */
export interface FilterEditProps {
  field: AppField;
  operator: Operator;
  values: readonly string[];
  onChange: (values: readonly string[]) => void;
  /** Enter was pressed: the condition is complete. */
  onDone: () => void;
}

/** Why a value cannot be right, as a message key with parameters; null when nothing speaks against it. */
export type Fault = { key: string; params?: Record<string, string | number> } | null;

/** A type of field: how its values are shown, edited, filtered and written as text. */
export interface FieldType {
  name: string;
  Display: ComponentType<DisplayProps>;
  /** null: its value is worked out or given by the server. Loaded when it is first used. */
  Edit: ComponentType<EditProps> | null;
  /** Ways to compare it in a filter; none: it cannot be filtered by. */
  operators: readonly Operator[];
  FilterEdit: ComponentType<FilterEditProps>;
  /** The values of a condition as a person reads them; left out: `text` of each. */
  FilterValue?: ComponentType<{ field: AppField; values: readonly string[] }>;
  /** The value as plain text: for copies, titles and what is cut off. */
  text: (value: Json | undefined, field: AppField, record?: Readonly<Record<string, Json | undefined>>) => string;
  /** A raw text of a condition as a literal of the formula language. */
  literal: (raw: string, field: AppField) => string;
  /** What stands before the comparison: references compare by id. */
  path?: (path: string) => string;
  /** Said before the server is asked. */
  fault?: (value: Json | undefined, field: AppField) => Fault;
  align?: "right";
  /** Width of a column in pixels. */
  width: number;
  /** Fills the whole line of a form. */
  isWide?: boolean;
  /** Can be summed in the footer of a list. */
  isSummed?: boolean;
  /** A value for a new record without default. */
  blank?: Json;
}

/** Whether a value is blank. */
export function isBlank(value: Json | undefined): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}
