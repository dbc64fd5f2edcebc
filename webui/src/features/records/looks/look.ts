/** What every look of a list besides the table is given, and what it asks of the server for its cards. */
import { typeOf } from "@/fields/registry";
import { isBlank } from "@/fields/fieldType";
import { labelText } from "@/lib/i18n";
import { fieldAt, type Offer } from "@/lib/offer";
import type { AppEntity, AppField, AppLayout, WireRecord } from "@/lib/wire";
import { askedFor, type ListColumn } from "@/render/list/columns";
import { comparedType } from "@/render/list/conditions";
import { valueAt } from "@/render/list/GridCell";

export interface LookProps {
  entity: AppEntity;
  layout: AppLayout;
  /** Everything that the list filters by, "" for nothing. */
  filter: string;
  /** Whether conditions or a search hold besides the view's own filter. */
  isFiltered: boolean;
  sort: readonly string[];
  /** The ref of the record that stands beside the list, "" for none. */
  open: string;
  onOpen: (record: WireRecord, how?: "beside" | "page") => void;
  /** How many the filter finds, undefined while that is not known. */
  count: number | undefined;
}

/** A path that a card shows. */
export interface Shown {
  path: string;
  label: string;
  field: AppField;
}

/** The paths of a layout that are there. */
export function shownOf(offer: Offer, entity: AppEntity, layout: AppLayout): Shown[] {
  return layout.fields.flatMap((path) => {
    const field = fieldAt(offer, entity, path);
    if (!field) return [];
    // The title of what a reference leads to reads like the reference itself: the category, not its name.
    const lead = path.slice(0, path.lastIndexOf("."));
    const through = path.includes(".") ? fieldAt(offer, entity, lead) : undefined;
    const isTitle = through?.to !== undefined && offer.entity(through.to)?.title === field.name;
    return [{ path, label: labelText(isTitle ? through!.label : field.label), field }];
  });
}

/** What to ask for, so that cards can show these paths and fields. */
export function askedForCards(entity: AppEntity, shown: readonly Shown[], more: readonly string[]): { fields: string[]; expand: string[] } {
  const own = more.filter(Boolean).flatMap((name) => entity.fields.filter((field) => field.name === name));
  const columns = [...shown, ...own.map((field) => ({ path: field.name, label: "", field }))].map(
    ({ path, label, field }): ListColumn => ({
      id: path, path, label, field, type: comparedType(field), view: undefined, width: 0, isRight: false, isTitle: false, canSort: false,
    }),
  );
  return askedFor(entity, columns);
}

/** Whether a record says nothing at a path, so that a card need not show it. */
export const isNothing = (record: WireRecord, path: string): boolean => isBlank(valueAt(record, path).value);

/** An option of a select, its value as a literal of the formula language. */
export const equals = (field: AppField, value: string | null): string =>
  value === null ? `ISBLANK(${field.name})` : `${field.name} = ${typeOf(field).literal(value, field)}`;
