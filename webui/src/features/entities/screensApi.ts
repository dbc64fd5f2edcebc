/** The form, the list and the place in the menu that a new entity begins with. */
import { draftApi, type Body } from "@/render/builder/draftApi";
import { asLabel, freeName, freshUid, textOf, type Words } from "@/render/builder/words";
import type { EntityBody, FieldBody } from "@/render/builder/entityModel";

const WIDE = ["lines", "long_text", "json"];
/** What does not read well in a cell. */
const NOT_LISTED = ["lines", "long_text", "json", "file", "multi_reference"];
const MOST_COLUMNS = 8;

export interface Screens {
  forms: readonly string[];
  views: readonly string[];
  menu: { key: string; body: Body } | undefined;
  titleOf: (entity: string) => string | undefined;
}

/** A form with every field in its order. */
export function formFor(body: EntityBody, taken: readonly string[]): Omit<Body, "uid"> {
  const items = body.fields.map((each) => ({ uid: freshUid(), field: each.name, ...(WIDE.includes(each.type) && { width: 12 }) }));
  return { kind: "form", name: freeName(body.name, taken), label: asLabel(body.label), entity: body.name, sections: [{ uid: "main", items }] };
}

/** A list with the first fields that read well in a cell. */
export function viewFor(body: EntityBody, taken: readonly string[], label: Words, titleOf: Screens["titleOf"]): Omit<Body, "uid"> {
  const columns = body.fields.filter((each) => !NOT_LISTED.includes(each.type)).slice(0, MOST_COLUMNS)
    .map((each) => ({ uid: freshUid(), name: each.name, label: asLabel(each.label ?? each.name), value: valueOf(each, titleOf), ...(each.type === "money" && { fold: "sum" }) }));
  const searched = body.fields.filter((each) => ["text", "phone", "email", "sequence"].includes(each.type)).map((each) => each.name);
  return {
    kind: "view", name: freeName(`${body.name}_list`, taken), label: asLabel(label), entity: body.name, columns,
    ...(searched.length && { search: searched.slice(0, 5) }),
  };
}

function valueOf(field: FieldBody, titleOf: Screens["titleOf"]): string {
  const title = typeof field.to === "string" ? titleOf(field.to) : undefined;
  return title ? `${field.name}.${title}` : field.name;
}

/** Make all three in the draft. */
export async function makeScreens(draft: number, body: EntityBody, screens: Screens, words: { list: Words; did: string }): Promise<void> {
  await draftApi.create(draft, formFor(body, screens.forms), words.did);
  const view = await draftApi.create(draft, viewFor(body, screens.views, words.list, screens.titleOf), words.did);
  if (!screens.menu) return;
  const { key } = screens.menu;
  const menu = await draftApi.document(draft, key);
  const items = [...((menu.body.items as unknown[] | undefined) ?? []), { uid: freshUid(), view: view.name, label: asLabel(textOf(body.label, body.name)) }];
  await draftApi.put(draft, key, { body: { ...menu.body, items }, version: menu.version, label: words.did });
}
