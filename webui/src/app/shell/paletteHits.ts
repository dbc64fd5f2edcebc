/** What the palette can find without asking the server. */
import type { TFunction } from "i18next";
import type { LucideIcon } from "lucide-react";
import type { NavigateFunction } from "react-router";
import { addresses, addressOfItem } from "@/lib/addresses";
import { fitOf } from "@/lib/finding";
import { inText, labelText } from "@/lib/i18n";
import type { Offer } from "@/lib/offer";
import type { Command } from "@/lib/shortcuts";
import type { App, AppEntity, AppMenuItem, WireRecord } from "@/lib/wire";
import { iconOf } from "@/ui/icons";

export interface Hit {
  id: string;
  title: string;
  detail: string;
  icon?: LucideIcon;
  keys?: string;
  /** Where it leads, kept among the recent ones. */
  to?: string;
  identity?: string;
  /** A record can be the object of the next command. */
  record?: { entity: AppEntity; record: WireRecord };
  run: (newTab: boolean) => void;
}

export interface HitGroup {
  title: string;
  hits: Hit[];
}

/** Go to an address: here, or in a new tab. */
export const goes = (navigate: NavigateFunction, to: string) => (newTab: boolean) =>
  newTab || /^https?:/.test(to) ? void window.open(to, "_blank", "noopener") : void navigate(to);

/** Those that fit, best first. */
export function fitting(hits: readonly Hit[], text: string, most: number): Hit[] {
  return hits
    .map((hit) => ({ hit, fit: Math.max(fitOf(hit.title, text), fitOf(hit.detail, text) / 2) }))
    .filter(({ fit }) => fit > 0)
    .sort((one, other) => other.fit - one.fit)
    .slice(0, most)
    .map(({ hit }) => hit);
}

const flat = (items: readonly AppMenuItem[]): AppMenuItem[] => items.flatMap((item) => (item.items.length ? flat(item.items) : [item]));

/** Places of the application, its views and data, and the other applications. */
export function placeHits(t: TFunction, offer: Offer, app: App, navigate: NavigateFunction): Hit[] {
  const base = `/a/${app.name}`;
  const found = new Map<string, Hit>();
  const add = (to: string, title: string, detail: string, icon: LucideIcon) => {
    if (!found.has(to)) found.set(to, { id: to, title, detail, icon, to, run: goes(navigate, to) });
  };
  const kinds = { entity: t("palette.entity"), view: t("palette.view"), form: t("palette.form"), dashboard: t("palette.view"), url: "", "": "" };
  for (const menu of app.menus) {
    for (const item of flat(menu.items)) {
      add(addressOfItem(base, item), labelText(item.label), [labelText(menu.label), kinds[item.kind]].filter(Boolean).join(" · "), iconOf(item.icon, item.kind));
    }
  }
  for (const view of offer.views) {
    const of = view.entity ? labelText(offer.entity(view.entity)?.label) : "";
    add(addresses.view(base, view.name), labelText(view.label), [of, t("palette.view")].filter(Boolean).join(" · "), iconOf(view.icon, "view"));
  }
  for (const entity of Object.values(offer.entities)) {
    add(addresses.entity(base, entity.name), labelText(entity.label), t("palette.entity"), iconOf(entity.icon));
  }
  for (const other of offer.apps) {
    if (other.name !== app.name) add(`/a/${other.name}`, labelText(other.label), t("palette.app"), iconOf(other.icon, ""));
  }
  return [...found.values()];
}

/** What can be done now, and what can be made new. */
export function commandHits(t: TFunction, offer: Offer, base: string, commands: readonly Command[], navigate: NavigateFunction): Hit[] {
  const own = commands
    .filter((command) => !command.isQuiet && (command.can?.() ?? true))
    .map((command) => ({
      id: command.id, title: command.label, detail: command.group, icon: command.icon,
      keys: typeof command.keys === "string" ? command.keys : command.keys?.[0],
      run: () => command.run(),
    }));
  const made = Object.values(offer.entities)
    .filter((entity) => entity.may.create)
    .map((entity) => ({
      id: `new.${entity.name}`, title: t("action.new", { what: inText(entity.label) }), detail: t("palette.commands"),
      icon: iconOf(entity.icon), run: goes(navigate, addresses.newRecord(base, entity.name)),
    }));
  return [...own, ...made];
}
