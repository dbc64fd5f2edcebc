/** Where the entities of a diagram stand: who refers to others stands right of them. */
import { textOf } from "@/render/builder/words";
import type { Body } from "@/render/builder/draftApi";
import type { EntityBody, FieldBody } from "@/render/builder/entityModel";
import type { Words } from "@/render/builder/words";

/** A ledger or timeline: what is kept for each record of some entities. */
export interface Holder extends Body {
  label?: Words;
  per: string | string[];
}

export interface Held {
  body: Holder;
}

export interface Reference {
  path: string;
  to: string;
  label: string;
}

/** The references of an entity, those of its lines too. */
export function referencesOf(body: EntityBody): Reference[] {
  const of = (fields: readonly FieldBody[], before = ""): Reference[] => fields.flatMap((field) => [
    ...(typeof field.to === "string" ? [{ path: before + field.name, to: field.to, label: textOf(field.label, field.name) }] : []),
    ...of(field.fields ?? [], `${field.name}.`),
  ]);
  return of(body.fields);
}

const WIDTH = 280;
const GAP = 40;
const LINE = 24;

/** Columns by how many references lead on from an entity, cycles cut where they close; in a column the higher ones first. */
export function placesOf(bodies: readonly EntityBody[]): Map<string, { x: number; y: number }> {
  const known = new Map(bodies.map((each) => [each.name, each]));
  const ranks = new Map<string, number>();
  const rankOf = (name: string, above: readonly string[]): number => {
    const kept = ranks.get(name);
    if (kept !== undefined) return kept;
    const body = known.get(name);
    if (!body || above.includes(name)) return -1;
    const rank = 1 + Math.max(-1, ...referencesOf(body).filter((each) => known.has(each.to) && each.to !== name).map((each) => rankOf(each.to, [...above, name])));
    ranks.set(name, rank);
    return rank;
  };
  const below = new Map<number, number>();
  return new Map(bodies.map((body) => {
    const column = rankOf(body.name, []);
    const y = below.get(column) ?? 0;
    below.set(column, y + 84 + Math.min(8, body.fields.length) * LINE + GAP);
    return [body.name, { x: column * WIDTH, y }];
  }));
}
