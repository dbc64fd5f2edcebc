/** The document of an entity and the changes that a designer makes to it; pure. */
import type { Body } from "./draftApi";
import { codeName } from "./codeName";
import { COMPUTED } from "./fieldTypes";
import { freeName, freshUid, moved, patched, type Words } from "./words";

export interface OptionBody {
  uid: string;
  value: string;
  label?: Words;
  color?: string;
}

export interface FieldBody {
  uid: string;
  name: string;
  type: string;
  label?: Words;
  fields?: FieldBody[];
  options?: OptionBody[];
  [key: string]: unknown;
}

export interface EntityBody extends Body {
  label?: Words;
  help?: Words;
  title?: string;
  business_key?: string[];
  fields: FieldBody[];
  states?: { field: string; initial: string; transitions: { uid: string; from: string; to: string; label?: Words }[] };
}

/** Where a field stands: of the entity, or of its lines (parent: the uid of the lines). */
export interface Place {
  parent: string;
  uid: string;
}

export interface FieldLine extends Place {
  /** For addresses: "uid" or "parent/uid". */
  key: string;
  field: FieldBody;
  /** For slots and problems, by uids. */
  pointer: string;
}

const lineOf = (field: FieldBody, parent = ""): FieldLine => ({
  parent, uid: field.uid, field,
  key: parent ? `${parent}/${field.uid}` : field.uid,
  pointer: parent ? `/fields/${parent}/fields/${field.uid}` : `/fields/${field.uid}`,
});

/** All fields in their order, those of lines below their lines. */
export function linesOf(body: EntityBody): FieldLine[] {
  return body.fields.flatMap((field) => [lineOf(field), ...(field.fields ?? []).map((each) => lineOf(each, field.uid))]);
}

/** The fields of the entity, or of its lines. */
export function fieldsAt(body: EntityBody, parent: string): FieldBody[] {
  return parent ? (body.fields.find((each) => each.uid === parent)?.fields ?? []) : body.fields;
}

export function withFields(body: EntityBody, parent: string, fields: FieldBody[]): EntityBody {
  if (!parent) return { ...body, fields };
  return { ...body, fields: body.fields.map((each) => (each.uid === parent ? { ...each, fields } : each)) };
}

export function withField(body: EntityBody, place: Place, change: (field: FieldBody) => FieldBody): EntityBody {
  return withFields(body, place.parent, fieldsAt(body, place.parent).map((each) => (each.uid === place.uid ? change(each) : each)));
}

/** A new field; its code name is made from the label, once. */
export function newField(label: string, type: string, body: EntityBody, parent: string, more: Record<string, unknown> = {}): FieldBody {
  const name = freeName(codeName(label) || "field", fieldsAt(body, parent).map((each) => each.name));
  return { uid: freshUid(), name, label: { zh: label, en: label }, type, ...startOf(type, body.name), ...more };
}

/** The body with a field put in behind another one, or at the end. */
export function withNew(body: EntityBody, field: FieldBody, parent: string, after: string | null): EntityBody {
  const fields = fieldsAt(body, parent);
  const place = fields.findIndex((each) => each.uid === after);
  return withFields(body, parent, place < 0 ? [...fields, field] : [...fields.slice(0, place + 1), field, ...fields.slice(place + 1)]);
}

/** The body without a field; what named it as title or key lets go of it. */
export function withoutField(body: EntityBody, place: Place): EntityBody {
  const gone = fieldsAt(body, place.parent).find((each) => each.uid === place.uid);
  const next = withFields(body, place.parent, fieldsAt(body, place.parent).filter((each) => each.uid !== place.uid));
  if (place.parent || !gone) return next;
  const key = next.business_key?.filter((each) => each !== gone.name);
  return patched(next, { title: next.title === gone.name ? undefined : next.title, business_key: key?.length ? key : undefined });
}

/** The field one place up or down among its own. */
export function withMoved(body: EntityBody, place: Place, way: -1 | 1): EntityBody {
  const fields = fieldsAt(body, place.parent);
  const at = fields.findIndex((each) => each.uid === place.uid);
  return withFields(body, place.parent, moved(fields, at, at + way));
}

/** A copy with identities and a code name of its own. */
export function copyOf(field: FieldBody, body: EntityBody, parent: string, label: Words): FieldBody {
  const name = freeName(field.name, fieldsAt(body, parent).map((each) => each.name));
  return {
    ...structuredClone(field), uid: freshUid(), name, label,
    ...(field.options && { options: field.options.map((each) => ({ ...each, uid: freshUid() })) }),
    ...(field.fields && { fields: field.fields.map((each) => ({ ...structuredClone(each), uid: freshUid() })) }),
  };
}

/** What a field keeps when its type changes. */
const KEPT = ["uid", "name", "label", "help", "aliases", "class", "required", "unique", "read_only"];
const WRITTEN_ONLY = ["required", "unique", "read_only"];

/** The field with another type: what every type has stays, the settings of the old type go. */
export function retyped(field: FieldBody, type: string, entity: string): FieldBody {
  const kept = Object.fromEntries(Object.entries(field).filter(([key]) => {
    if (!KEPT.includes(key)) return false;
    if (COMPUTED.includes(type)) return !WRITTEN_ONLY.includes(key);
    if (type === "sequence") return key !== "required";
    return !(type === "lines" && key === "unique");
  }));
  const options = ["select", "multi_select"].includes(type) && field.options ? { options: field.options } : {};
  return { ...(kept as FieldBody), type, ...startOf(type, entity), ...options };
}

/** The settings that a type cannot do without, at the beginning. */
export function startOf(type: string, entity: string): Record<string, unknown> {
  switch (type) {
    case "select":
    case "multi_select":
      return { options: [1, 2].map((number) => ({ uid: freshUid(), value: `option_${number}`, label: { zh: `选项 ${number}`, en: `Option ${number}` } })) };
    case "money":
      return { currency: "CNY" };
    case "reference":
    case "multi_reference":
      return { to: entity };
    case "formula":
      return { value: "1" };
    case "rollup":
      return { from: entity, fold: "count" };
    case "sequence":
      return { pattern: "N{yyyy}{000000}" };
    case "lines":
      return { fields: [{ uid: freshUid(), name: "name", label: { zh: "名称", en: "Name" }, type: "text" }] };
    default:
      return {};
  }
}
