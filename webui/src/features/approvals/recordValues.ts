/** The fields of a record as an approval shows them: plain ones, and columns of lines. */
import { isBlank } from "@/fields/fieldType";
import type { Json } from "@/lib/wire";
import type { ShownField, ShownRecord } from "./approvalsApi";

/** What an approver writes: values by field; lines as a list of {id, column: value}. */
export type Changes = Record<string, Json>;

/** A column of lines: a cell for each line that there is. */
export interface Column {
  shown: ShownField;
  column: string;
  cells: { id: Json; value: Json }[];
}

const isColumn = (shown: ShownField): boolean => shown.path.includes(".") && Array.isArray(shown.value);

export const plainFields = (record: ShownRecord): ShownField[] => record.fields.filter((each) => !isColumn(each));

/** The lines that are shown, each with its columns. */
export function lineGroups(record: ShownRecord): { name: string; columns: Column[] }[] {
  const found = new Map<string, Column[]>();
  for (const shown of record.fields.filter(isColumn)) {
    const [name = "", column = ""] = shown.path.split(".");
    const cells = (shown.value as unknown as { id: Json; value: Json }[]) ?? [];
    found.set(name, [...(found.get(name) ?? []), { shown, column, cells }]);
  }
  return [...found].map(([name, columns]) => ({ name, columns }));
}

/** The value with which an input begins: references are written by their id. */
export function startValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(startValue);
  return value && typeof value === "object" && "title" in value ? (value.id ?? null) : value;
}

/** Fields that must be filled and are not. */
export const missingFields = (record: ShownRecord | null, changes: Changes): ShownField[] =>
  (record ? plainFields(record) : []).filter(
    (each) => each.may === "require" && isBlank(each.path in changes ? changes[each.path] : (each.value as Json)),
  );
