/** The columns of a list: those of a view, or the entity's own in a sensible order. */
import type { FieldType } from "@/fields/fieldType";
import { labelText } from "@/lib/i18n";
import { fieldAt, type Offer } from "@/lib/offer";
import type { AppColumn, AppEntity, AppField, AppView } from "@/lib/wire";
import { comparedType } from "./conditions";

export interface ListColumn {
  /** Unique in the list; stands in the address. */
  id: string;
  label: string;
  /** The field or path over references that it shows; "" for a formula that the server works out. */
  path: string;
  field: AppField | undefined;
  type: FieldType | undefined;
  view: AppColumn | undefined;
  width: number;
  isRight: boolean;
  /** Names the record. */
  isTitle: boolean;
  /** Whether the server can sort by it. */
  canSort: boolean;
}

const PATH = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/;
const LATER = new Set(["lines", "json", "long_text", "file"]);
const MOST_DEFAULT = 9;

/** Whether the server can sort by a path: its last field is, and all others are references. */
const sorts = (field: AppField | undefined): boolean => field !== undefined && field.sortable && field.type !== "reference";

function ofField(entity: AppEntity, field: AppField, path: string, view?: AppColumn): ListColumn {
  const type = comparedType(field);
  return {
    id: view?.name ?? path,
    label: labelText(view?.label ?? field.label),
    path,
    field,
    type,
    view,
    width: view?.width ?? (path === entity.title ? Math.max(type.width, 156) : type.width),
    isRight: type.align === "right",
    isTitle: path === entity.title,
    canSort: sorts(field),
  };
}

function ofFormula(column: AppColumn): ListColumn {
  const isRight = column.kind === "number" || column.format === "decimal" || column.format === "minor";
  return {
    id: column.name, label: labelText(column.label), path: "", field: undefined, type: undefined, view: column,
    width: column.width ?? 140, isRight, isTitle: false, canSort: false,
  };
}

/** Every column that the list may show, those of the view (or the default ones) first. */
export function allColumns(offer: Offer, entity: AppEntity, view: AppView | undefined): ListColumn[] {
  const first = view
    ? view.columns.filter((column) => !column.is_hidden).map((column) => {
        const field = PATH.test(column.value) ? fieldAt(offer, entity, column.value) : undefined;
        return field ? ofField(entity, field, column.value, column) : ofFormula(column);
      })
    : defaults(entity).map((field) => ofField(entity, field, field.name));
  const shown = new Set(first.map((column) => column.path));
  const ids = new Set(first.map((column) => column.id));
  const rest = entity.fields
    .filter((field) => !shown.has(field.name) && !ids.has(field.name))
    .map((field) => ofField(entity, field, field.name));
  const columns = [...first, ...rest];
  // A list must say which record a row is: without the title, its first column does.
  if (!first.some((column) => column.isTitle) && columns[0]) columns[0] = { ...columns[0], isTitle: true };
  return columns;
}

/** The ids that are shown unless the address says otherwise. */
export function defaultIds(entity: AppEntity, view: AppView | undefined): string[] {
  if (view) return view.columns.filter((column) => !column.is_hidden).map((column) => column.name);
  return defaults(entity).map((field) => field.name);
}

function defaults(entity: AppEntity): AppField[] {
  const named = [entity.title, ...entity.business_key];
  const weight = (field: AppField): number => {
    const place = named.indexOf(field.name);
    return place >= 0 ? place : named.length;
  };
  return entity.fields
    .filter((field) => !LATER.has(field.type))
    .map((field, place) => ({ field, place }))
    .sort((one, other) => weight(one.field) - weight(other.field) || one.place - other.place)
    .slice(0, MOST_DEFAULT)
    .map(({ field }) => field);
}

/** What must be asked of the server so that these columns can be shown. */
export function askedFor(entity: AppEntity, columns: readonly ListColumn[]): { fields: string[]; expand: string[] } {
  const fields = new Set<string>([entity.title, ...entity.business_key].filter(Boolean));
  const expand = new Set<string>();
  for (const column of columns) {
    if (!column.path) continue;
    const steps = column.path.split(".");
    fields.add(steps[0]!);
    for (let length = 1; length < steps.length; length += 1) expand.add(steps.slice(0, length).join("."));
    const type = column.field?.type;
    if ((type === "reference" || type === "multi_reference") && column.field?.to) expand.add(column.path);
    const currency = column.field?.options.currency_field;
    if (typeof currency === "string" && steps.length === 1) fields.add(currency);
  }
  const names = new Set(entity.fields.map((field) => field.name));
  return { fields: [...fields].filter((name) => names.has(name)).sort(), expand: [...expand].sort() };
}
