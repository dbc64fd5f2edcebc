/** Values of a record while they are edited, and what is sent of them. */
import { isBlank } from "@/fields/fieldType";
import { typeOf } from "@/fields/registry";
import { idOf } from "@/fields/titles";
import { today } from "@/lib/formats";
import type { AppEntity, AppField, Changes, Json, WireRecord } from "@/lib/wire";

export type Values = Readonly<Record<string, Json | undefined>>;

/** Whether somebody may write the field. isNew: a number that the platform gives may be given where its field says so. */
export function isWritable(field: AppField, isNew: boolean): boolean {
  if (field.read_only || typeOf(field).Edit === null) return false;
  return field.type !== "sequence" || (isNew && field.options.may_be_given === true);
}

/** A value as the server takes it: references by id, lines with what may be written of them. */
export function wireValue(field: AppField, value: Json | undefined): Json {
  if (value === undefined || value === null) return field.type === "lines" || field.type === "multi_reference" ? [] : null;
  if (field.type === "reference" || field.type === "user") return idOf(value);
  if (field.type === "multi_reference" && Array.isArray(value)) return value.flatMap((each) => idOf(each) ?? []);
  if (field.type === "lines" && Array.isArray(value)) {
    return value.map((line) => wireLine(field.fields ?? [], line as Values));
  }
  return value;
}

function wireLine(fields: readonly AppField[], line: Values): Json {
  const written = fields.filter((field) => isWritable(field, true));
  const values = written.flatMap((field) => (line[field.name] === undefined ? [] : [[field.name, wireValue(field, line[field.name])]]));
  return { ...(typeof line.id === "number" && { id: line.id }), ...(Object.fromEntries(values) as Changes) };
}

const plain = (field: AppField, value: Json | undefined): string => JSON.stringify(wireValue(field, isBlank(value) ? null : value));

/** Whether two values of a field are the same to the server. */
export function isSame(field: AppField, one: Json | undefined, other: Json | undefined): boolean {
  return plain(field, one) === plain(field, other);
}

/** The fields whose values differ. */
export function changedFields(entity: AppEntity, before: Values, after: Values): AppField[] {
  return entity.fields.filter((field) => field.name in after && !isSame(field, before[field.name], after[field.name]));
}

/** What is sent: the fields that differ, as the server takes them. */
export function changesOf(entity: AppEntity, before: Values, after: Values): Changes {
  return Object.fromEntries(changedFields(entity, before, after).map((field) => [field.name, wireValue(field, after[field.name])]));
}

/** The value of a default that is written out: 'text', 12.5, TRUE, TODAY(). Others are filled in by the server. */
export function constantOf(formula: string | null): Json | undefined {
  const text = formula?.trim().replace(/^=\s*/, "") ?? "";
  const quoted = /^'((?:[^']|'')*)'$/.exec(text);
  if (quoted) return quoted[1]!.replaceAll("''", "'");
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  if (/^-?\d+\.\d+$/.test(text)) return text;
  const named: Record<string, Json> = { TRUE: true, FALSE: false };
  if (text.toUpperCase() in named) return named[text.toUpperCase()];
  return /^TODAY\(\)$/i.test(text) ? today() : undefined;
}

/** The values of a new record: constant defaults, the first state, and what was handed on. */
export function freshValues(entity: AppEntity, given: Values): Values {
  const values: Record<string, Json> = {};
  for (const field of entity.fields) {
    if (!isWritable(field, true)) continue;
    const found = constantOf(field.default) ?? typeOf(field).blank;
    if (found !== undefined) values[field.name] = found;
  }
  if (entity.states && values[entity.states.field] === undefined) values[entity.states.field] = entity.states.initial;
  return { ...values, ...given };
}

/** The record as it would be with these values. */
export function withValues(record: WireRecord | undefined, values: Values): Values {
  return { ...record, ...values };
}
