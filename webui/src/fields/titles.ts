/** What a record is called. */
import i18next from "i18next";
import type { AppEntity, Json, WireRecord } from "@/lib/wire";
import { typeOf, valueTypeOf } from "./registry";
import { isBlank } from "./fieldType";

type Values = Readonly<Record<string, Json | undefined>>;

/** A field's value as text. */
export function valueText(entity: AppEntity, name: string, record: Values): string {
  const field = entity.fields.find((each) => each.name === name);
  if (!field) return "";
  const type = typeOf(field).Edit === null ? valueTypeOf(field) : typeOf(field);
  return type.text(record[name], field, record);
}

/** The record's title, else its business key, else its number. */
export function titleOf(entity: AppEntity | undefined, record: Values | undefined): string {
  if (!record) return "";
  if (entity) {
    if (entity.title && !isBlank(record[entity.title])) return valueText(entity, entity.title, record);
    const key = entity.business_key.map((name) => valueText(entity, name, record)).filter(Boolean);
    if (key.length) return key.join(" · ");
  }
  return record.id === undefined ? i18next.t("record.untitled") : `#${String(record.id)}`;
}

/** What stands below the title: the business key where it is not the title itself. */
export function subtitleOf(entity: AppEntity, record: Values): string {
  const names = entity.business_key.filter((name) => name !== entity.title);
  return names.map((name) => valueText(entity, name, record)).filter(Boolean).join(" · ");
}

/** The id that a reference holds, whether it is expanded or not. */
export function idOf(value: Json | undefined): number | null {
  if (typeof value === "number") return value;
  if (value && typeof value === "object" && !Array.isArray(value) && typeof value.id === "number") return value.id;
  return null;
}

/** The record that an expanded reference holds. */
export function expandedOf(value: Json | undefined): WireRecord | undefined {
  return value && typeof value === "object" && !Array.isArray(value) && "id" in value ? (value as WireRecord) : undefined;
}
