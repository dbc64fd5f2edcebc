/** Every field type by name, found by its folder; a type that is not there is shown as JSON. */
import type { AppField } from "@/lib/wire";
import type { FieldType } from "./fieldType";

const found = import.meta.glob<{ fieldType: FieldType }>("./*/type.tsx", { eager: true });

const byName = new Map(Object.values(found).map(({ fieldType }) => [fieldType.name, fieldType]));

/** The names of all types, sorted. */
export const fieldTypeNames: readonly string[] = [...byName.keys()].sort();

/** A type by its name. */
export function typeNamed(name: string): FieldType {
  return byName.get(name) ?? byName.get("json")!;
}

const BY_KIND: Record<string, string> = {
  text: "text", boolean: "boolean", date: "date", datetime: "datetime", time: "time", json: "json", record: "json",
  list: "json", blank: "text",
};

/** The type whose look a computed value has: that of what it computes. */
export function valueTypeOf(field: AppField): FieldType {
  if (field.value.kind === "number") return typeNamed(field.value.is_integer ? "integer" : "decimal");
  return typeNamed(BY_KIND[field.value.kind] ?? "json");
}

/** The type of a field. */
export function typeOf(field: AppField): FieldType {
  return typeNamed(field.type);
}
