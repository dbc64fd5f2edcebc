/** The document of a form and the changes that a designer makes to it; pure. */
import type { Body } from "@/render/builder/draftApi";
import { freshUid, type Words } from "@/render/builder/words";

export interface ItemBody {
  uid: string;
  field: string;
  label?: Words;
  help?: Words;
  width?: number;
  visible?: string;
  required?: string;
  read_only?: string;
  columns?: { uid: string; field: string }[];
}

export interface SectionBody {
  uid: string;
  label?: Words;
  tab?: Words;
  visible?: string;
  collapsed?: boolean;
  items: ItemBody[];
}

export interface FormBody extends Body {
  label?: Words;
  entity: string;
  roles?: string[];
  when?: string;
  sections: SectionBody[];
}

/** A place among the items of a section; at: before the item of that number. */
export interface Place {
  section: string;
  at: number;
}

/** What is selected or dragged: "section", or "section/item", or "new:field", "new:section" from the palette. */
export const itemKey = (section: string, item: string): string => `${section}/${item}`;

export function withSection(body: FormBody, uid: string, change: (section: SectionBody) => SectionBody): FormBody {
  return { ...body, sections: body.sections.map((each) => (each.uid === uid ? change(each) : each)) };
}

export function withItem(body: FormBody, section: string, uid: string, change: (item: ItemBody) => ItemBody): FormBody {
  return withSection(body, section, (each) => ({ ...each, items: each.items.map((item) => (item.uid === uid ? change(item) : item)) }));
}

export function withoutItem(body: FormBody, section: string, uid: string): FormBody {
  return withSection(body, section, (each) => ({ ...each, items: each.items.filter((item) => item.uid !== uid) }));
}

export function withNewItem(body: FormBody, item: ItemBody, { section, at }: Place): FormBody {
  return withSection(body, section, (each) => ({ ...each, items: [...each.items.slice(0, at), item, ...each.items.slice(at)] }));
}

export function newItem(field: string, isWide: boolean): ItemBody {
  return { uid: freshUid(), field, ...(isWide && { width: 12 }) };
}

/** A new section behind another one, or at the end. */
export function withNewSection(body: FormBody, section: SectionBody, after: string): FormBody {
  const place = body.sections.findIndex((each) => each.uid === after);
  const at = place < 0 ? body.sections.length : place + 1;
  return { ...body, sections: [...body.sections.slice(0, at), section, ...body.sections.slice(at)] };
}

/** An item put at another place, also of another section. */
export function withItemAt(body: FormBody, from: string, uid: string, to: Place): FormBody {
  const items = body.sections.find((each) => each.uid === from)?.items ?? [];
  const place = items.findIndex((each) => each.uid === uid);
  const item = items[place];
  if (!item) return body;
  const at = from === to.section && place < to.at ? to.at - 1 : to.at;
  return withNewItem(withoutItem(body, from, uid), item, { section: to.section, at });
}

/** An item one place on; at the edge of its section it goes over into the next one. */
export function withItemMoved(body: FormBody, section: string, uid: string, way: -1 | 1): { body: FormBody; section: string } {
  const place = body.sections.findIndex((each) => each.uid === section);
  const items = body.sections[place]?.items ?? [];
  const at = items.findIndex((each) => each.uid === uid);
  if (at + way >= 0 && at + way < items.length) {
    return { body: withItemAt(body, section, uid, { section, at: way < 0 ? at - 1 : at + 2 }), section };
  }
  const next = body.sections[place + way];
  if (!next) return { body, section };
  return { body: withItemAt(body, section, uid, { section: next.uid, at: way < 0 ? next.items.length : 0 }), section: next.uid };
}

/** The names of the fields that stand on the form. */
export function usedFields(body: FormBody): Set<string> {
  return new Set(body.sections.flatMap((section) => section.items.map((item) => item.field)));
}
