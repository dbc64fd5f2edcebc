/** Where the fields of a record stand: by the entity's form, or all of them in their order. */
import type { Offer } from "@/lib/offer";
import type { AppEntity, AppField, AppForm, AppFormItem, Label } from "@/lib/wire";
import { typeOf } from "@/fields/registry";

export interface LayoutItem {
  uid: string;
  field: AppField;
  label: Label;
  help: Label;
  /** Of twelve columns. */
  width: number;
  columns: readonly { field: string; width: number }[];
}

export interface LayoutSection {
  uid: string;
  label: Label | null;
  tab: Label | null;
  isCollapsed: boolean;
  items: readonly LayoutItem[];
}

/** The form of an entity that is used when nothing else is said: the first without a condition. */
export function formFor(offer: Offer, entity: AppEntity): AppForm | undefined {
  // Forms for the outside ask little; inside they are only for who opens them by name.
  const forms = offer.formsOf(entity.name).filter((form) => !form.is_public);
  return forms.find((form) => form.when === null) ?? forms[0];
}

/** The sections of a record's form. */
export function layoutOf(entity: AppEntity, form: AppForm | undefined): LayoutSection[] {
  const byName = new Map(entity.fields.map((field) => [field.name, field]));
  if (!form) return defaultLayout(entity);
  return form.sections
    .map((section) => ({
      uid: section.uid,
      label: section.label,
      tab: section.tab,
      isCollapsed: section.collapsed,
      items: section.items.flatMap((item) => {
        const field = byName.get(item.field);
        return field ? [itemOf(item, field)] : [];
      }),
    }))
    .filter((section) => section.items.length > 0);
}

function itemOf(item: AppFormItem, field: AppField): LayoutItem {
  const width = item.width ?? 6;
  return {
    uid: item.uid, field, label: item.label ?? field.label, help: item.help ?? field.help, width,
    columns: item.columns.map((column) => ({ field: column.field, width: column.width })),
  };
}

function defaultLayout(entity: AppEntity): LayoutSection[] {
  const item = (field: AppField): LayoutItem => ({
    uid: field.uid, field, label: field.label, help: field.help, width: typeOf(field).isWide ? 12 : 6, columns: [],
  });
  const plain = entity.fields.filter((field) => field.type !== "lines").map(item);
  const lines = entity.fields.filter((field) => field.type === "lines");
  return [
    { uid: "main", label: null, tab: null, isCollapsed: false, items: plain },
    ...lines.map((field) => ({ uid: field.uid, label: field.label, tab: null, isCollapsed: false, items: [item(field)] })),
  ].filter((section) => section.items.length > 0);
}
