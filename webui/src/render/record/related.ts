import type { Offer } from "@/lib/offer";
import type { AppEntity, AppField } from "@/lib/wire";

/** Records of an entity that refer to another one by a field. */
export interface Relation {
  /** Stands in the address: entity.field. */
  id: string;
  entity: AppEntity;
  field: AppField;
}

/** Everything that refers to records of an entity, as far as the person may see it. */
export function relationsOf(offer: Offer, entity: AppEntity): Relation[] {
  return Object.values(offer.entities).flatMap((other) =>
    other.fields
      .filter((field) => field.type === "reference" && field.to === entity.name && !field.masked)
      .map((field) => ({ id: `${other.name}.${field.name}`, entity: other, field })),
  );
}

/** The list of those that refer to a record, as conditions of an address. */
export const relationFilter = (relation: Relation, id: number): string => `${relation.field.name}:in:${id}`;
export const relationFormula = (relation: Relation, id: number): string => `${relation.field.name}.id = ${id}`;
