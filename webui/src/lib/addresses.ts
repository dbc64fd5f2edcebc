/** Where things are: every page has one address, the same for everybody who may see it. */
import type { AppMenuItem } from "./wire";

/** Below an application's base, such as /a/retail. */
export const addresses = {
  entity: (base: string, entity: string) => `${base}/e/${entity}`,
  view: (base: string, view: string) => `${base}/v/${view}`,
  record: (base: string, entity: string, key: string | number) => `${base}/e/${entity}/${key}`,
  newRecord: (base: string, entity: string) => `${base}/e/${entity}/new`,
  publicForms: (base: string, entity: string) => `${base}/public-forms/${entity}`,
  import: (base: string, entity: string) => `${base}/import/${entity}`,
  form: (base: string, form: string) => `${base}/f/${form}`,
  dashboard: (base: string, name: string) => `${base}/d/${name}`,
};

/** Where an item of a menu leads. */
export function addressOfItem(base: string, item: Pick<AppMenuItem, "kind" | "target">): string {
  const ways: Record<AppMenuItem["kind"], (target: string) => string> = {
    "": () => base,
    entity: (target) => addresses.entity(base, target),
    view: (target) => addresses.view(base, target),
    form: (target) => addresses.form(base, target),
    dashboard: (target) => addresses.dashboard(base, target),
    url: (target) => target,
  };
  return ways[item.kind ?? ""](item.target);
}

/** The base of the application that an address is in, "" outside of one. */
export function baseOf(pathname: string): string {
  return /^\/a\/[^/]+/.exec(pathname)?.[0] ?? "";
}
