/** The conditions of a list: how they stand in the address and what they ask the server. */
import { fieldAt, type Offer } from "@/lib/offer";
import type { Codec } from "@/lib/url";
import type { AppEntity, AppField } from "@/lib/wire";
import type { FieldType } from "@/fields/fieldType";
import type { Operator } from "@/fields/operators";
import { typeOf, valueTypeOf } from "@/fields/registry";

/** path: of a field, perhaps over references; values: raw texts as its field type takes them. */
export interface Condition {
  path: string;
  operator: Operator["id"];
  values: readonly string[];
}

/** field:operator:value,value with each value encoded. */
export const conditionsCodec: Codec<readonly Condition[]> = {
  read: (texts) =>
    texts.flatMap((text) => {
      const [path = "", operator = "", ...rest] = text.split(":");
      if (!/^[a-z][a-z0-9_.]*$/.test(path) || !operator) return [];
      const given = rest.join(":");
      const values = given === "" ? [] : given.split(",").map(decodeOrKeep);
      return [{ path, operator: operator as Operator["id"], values }];
    }),
  write: (conditions) =>
    conditions.map(({ path, operator, values }) => `${path}:${operator}:${values.map(encodeURIComponent).join(",")}`),
};

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The type by which a field is compared: a computed one by what it computes. */
export function comparedType(field: AppField): FieldType {
  return typeOf(field).Edit === null ? valueTypeOf(field) : typeOf(field);
}

/** A condition with what it is about; null when there is no such field or operator (any more). */
export interface KnownCondition extends Condition {
  field: AppField;
  type: FieldType;
  way: Operator;
}

export function known(offer: Offer, entity: AppEntity, condition: Condition): KnownCondition | null {
  const field = fieldAt(offer, entity, condition.path);
  if (!field) return null;
  const type = comparedType(field);
  const way = type.operators.find((each) => each.id === condition.operator);
  return way ? { ...condition, field, type, way } : null;
}

/** Whether every value that the operator takes is there. */
export function isComplete({ way, values }: KnownCondition): boolean {
  const given = values.filter((value) => value.trim() !== "");
  if (way.takes === 0) return true;
  return way.takes === 2 ? given.length === 2 : given.length > 0;
}

/** The condition as a formula of the server's language. */
export function formulaOf(condition: KnownCondition): string {
  const { type, field, way } = condition;
  const path = way.takes === 0 ? condition.path : (type.path?.(condition.path) ?? condition.path);
  return way.formula(path, condition.values.map((value) => type.literal(value, field)));
}

/** Formulas that must all be true, as one; "" for none. */
export function allOf(formulas: readonly (string | null | undefined)[]): string {
  const given = formulas.filter((each): each is string => Boolean(each)).map((each) => each.replace(/^\s*=/, ""));
  return given.length > 1 ? given.map((each) => `(${each})`).join(" AND ") : (given[0] ?? "");
}
