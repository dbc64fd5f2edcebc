/** The document of a view and the changes that a designer makes to it; pure. */
import type { Body } from "@/render/builder/draftApi";
import type { EntityBody, FieldBody } from "@/render/builder/entityModel";
import { asLabel, freeName, freshUid, moved, patched, type Words } from "@/render/builder/words";

export const FORMATS = ["plain", "decimal", "minor", "date", "datetime", "percent"] as const;
export const FOLDS = ["sum", "avg", "min", "max", "count"] as const;

export interface ColumnBody {
  uid: string;
  name: string;
  label?: Words;
  value: string;
  format?: (typeof FORMATS)[number];
  scale?: number;
  fold?: (typeof FOLDS)[number];
  is_hidden?: boolean;
  width?: number;
}

export interface SortBody {
  uid: string;
  by: string;
  direction?: "asc" | "desc";
}

export interface ViewBody extends Body {
  label?: Words;
  entity?: string;
  filter?: string;
  sort?: SortBody[];
  group?: string[];
  search?: string[];
  columns: ColumnBody[];
}

export const LEAST_WIDTH = 60;
export const MOST_WIDTH = 800;
export const USUAL_WIDTH = 150;

const FORMATTED: Record<string, ColumnBody["format"]> = { money: "decimal", decimal: "decimal", date: "date", datetime: "datetime", percent: "percent" };

/** A column for a field; a reference is shown by the title of what it refers to. */
export function columnFor(field: FieldBody, body: ViewBody, titleOf: (entity: string) => string | undefined): ColumnBody {
  const title = typeof field.to === "string" ? titleOf(field.to) : undefined;
  const format = FORMATTED[field.type];
  return {
    uid: freshUid(), name: freeName(field.name, body.columns.map((each) => each.name)), label: asLabel(field.label ?? field.name),
    value: title ? `${field.name}.${title}` : field.name, ...(format && format !== "plain" && { format }),
  };
}

/** A column whose value is worked out. */
export function formulaColumn(label: Words, body: ViewBody): ColumnBody {
  return { uid: freshUid(), name: freeName("figure", body.columns.map((each) => each.name)), label, value: "1" };
}

export function withColumn(body: ViewBody, uid: string, values: Record<string, unknown>): ViewBody {
  return { ...body, columns: body.columns.map((each) => (each.uid === uid ? patched(each, values) : each)) };
}

/** A column before another one, or at the end. */
export function withNewColumn(body: ViewBody, column: ColumnBody, after: string): ViewBody {
  const place = body.columns.findIndex((each) => each.uid === after);
  const at = place < 0 ? body.columns.length : place + 1;
  return { ...body, columns: [...body.columns.slice(0, at), column, ...body.columns.slice(at)] };
}

/** The view without a column; groups by it go, too. */
export function withoutColumn(body: ViewBody, uid: string): ViewBody {
  const gone = body.columns.find((each) => each.uid === uid);
  const group = body.group?.filter((each) => each !== gone?.name);
  return patched({ ...body, columns: body.columns.filter((each) => each !== gone) }, { group: group?.length ? group : undefined });
}

export function withMoved(body: ViewBody, from: number, to: number): ViewBody {
  return { ...body, columns: moved(body.columns, from, to) };
}

export function widthOf(column: ColumnBody): number {
  return column.width ?? USUAL_WIDTH;
}

export function limited(width: number): number {
  return Math.round(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, width)));
}

/** What rows can be sorted by: fields that have an order, and what they refer to. */
export function sortables(body: ViewBody, fields: readonly FieldBody[]): string[] {
  const own = fields.filter((each) => !["lines", "json", "file", "long_text", "multi_reference", "reference"].includes(each.type)).map((each) => each.name);
  const paths = body.columns.filter((each) => /^[a-z][\w.]*$/.test(each.value)).map((each) => each.value);
  return [...new Set([...own, ...paths])];
}

/** Entities of the draft, as far as a view needs them. */
export type Entities = readonly { key: string; body: EntityBody }[];
