import { useQueries, useQueryClient } from "@tanstack/react-query";
import { BookOpen, Clock, ExternalLink, Pencil } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { searchFormula } from "@/fields/search";
import { subtitleOf, titleOf } from "@/fields/titles";
import { addresses } from "@/lib/addresses";
import { loadPinyin } from "@/lib/finding";
import { labelText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { type Offer, useOffer } from "@/lib/offer";
import { errorText } from "@/lib/problems";
import { recents } from "@/lib/recents";
import { records } from "@/lib/records";
import { useAllCommands } from "@/lib/shortcuts";
import { useSettled } from "@/lib/time";
import type { App, AppEntity } from "@/lib/wire";
import { changesOfState } from "@/render/record/useTransitions";
import { toasts } from "@/ui/toasts";
import { commandHits, fitting, goes, type Hit, type HitGroup, placeHits } from "./paletteHits";

const MOST_ENTITIES = 5;
const MOST_RECORDS = 4;

/** The entities whose records are searched: those of the application's menus first. */
function searchedEntities(offer: Offer, app: App): AppEntity[] {
  const names = app.menus.flatMap((menu) => menu.items.flatMap((item) => [item, ...item.items])).flatMap((item) => {
    if (item.kind === "entity") return [item.target];
    const view = item.kind === "view" ? offer.view(item.target) : undefined;
    return view?.entity ? [view.entity] : [];
  });
  return [...new Set(names)].flatMap((name) => offer.entity(name) ?? []).slice(0, MOST_ENTITIES);
}

/** The groups of hits for what was written; with a subject, what can be done with it. */
export function usePalette(app: App, written: string, subject: Hit | null): { groups: HitGroup[]; isSearching: boolean } {
  const { t } = useTranslation();
  const offer = useOffer();
  const navigate = useNavigate();
  const commands = useAllCommands();
  const base = `/a/${app.name}`;
  const [, setSpells] = useState(false);
  useEffect(() => void loadPinyin().then(() => setSpells(true)), []);
  const mode = /^[>#?]/.exec(written)?.[0] ?? "";
  const text = written.replace(/^[>#?]\s*/, "").trim();
  const settled = useSettled(text, 180);
  const isAsked = settled !== "" && mode !== ">" && mode !== "?" && !subject;
  const entities = useMemo(() => searchedEntities(offer, app), [offer, app]);
  const found = useQueries({
    queries: entities.map((entity) => {
      const asked = { filter: searchFormula(entity, [], settled), limit: MOST_RECORDS };
      return {
        queryKey: keys.names(entity.name, asked),
        queryFn: ({ signal }: { signal: AbortSignal }) => records.list(entity.name, asked, signal),
        enabled: isAsked && asked.filter !== "",
        staleTime: 30_000,
      };
    }),
  });
  const places = useMemo(() => placeHits(t, offer, app, navigate), [t, offer, app, navigate]);
  const doable = useMemo(() => commandHits(t, offer, base, commands, navigate), [t, offer, base, commands, navigate]);
  const actions = useSubjectActions(subject, base);
  const recordHits: Hit[] = isAsked
    ? found.flatMap((query, index) => {
        const entity = entities[index]!;
        return (query.data?.data ?? []).map((record) => {
          const to = addresses.record(base, entity.name, record.ref);
          const detail = [labelText(entity.label), subtitleOf(entity, record)].filter(Boolean).join(" · ");
          return { id: record.ref, title: titleOf(entity, record), detail, to, identity: record.ref, record: { entity, record }, run: goes(navigate, to) };
        });
      })
    : [];
  const kept: Hit[] = recents().map((recent) => ({
    id: `recent ${recent.to}`, title: recent.title, detail: recent.kind, icon: Clock, to: recent.to, identity: recent.identity,
    run: goes(navigate, recent.to),
  }));
  const help: Hit[] = [
    { id: "help.api", title: t("shell.api_docs"), detail: t("palette.help"), icon: BookOpen, run: () => void window.open("/api/docs", "_blank", "noopener") },
  ];
  const all: HitGroup[] = subject
    ? [{ title: t("palette.act_on", { name: subject.title }), hits: fitting(actions, text, 20) }]
    : mode === ">"
      ? [{ title: t("palette.commands"), hits: fitting(doable, text, 30) }]
      : mode === "?"
        ? [{ title: t("palette.help"), hits: fitting([...help, ...doable.filter((hit) => hit.keys)], text, 30) }]
        : mode === "#"
          ? [{ title: t("palette.records"), hits: recordHits }]
          : text === ""
            ? [{ title: t("palette.recent"), hits: kept.slice(0, 5) }, { title: t("palette.go"), hits: places.slice(0, 6) }, { title: t("palette.commands"), hits: doable.slice(0, 4) }]
            : [
                { title: t("palette.records"), hits: recordHits },
                { title: t("palette.go"), hits: fitting(places, text, 6) },
                { title: t("palette.commands"), hits: fitting(doable, text, 5) },
                { title: t("palette.help"), hits: fitting(help, text, 2) },
              ];
  return {
    groups: all.filter((group) => group.hits.length > 0),
    isSearching: isAsked && (settled !== text || found.some((query) => query.isFetching)),
  };
}

/** What can be done with a record: open, edit, change its state. */
function useSubjectActions(subject: Hit | null, base: string): Hit[] {
  const { t } = useTranslation();
  const offer = useOffer();
  const navigate = useNavigate();
  const client = useQueryClient();
  if (!subject?.record) return [];
  const { entity, record } = subject.record;
  const to = addresses.record(base, entity.name, record.ref);
  const change = async (label: string, value: string) => {
    try {
      await records.update(entity.name, record.ref, { [entity.states!.field]: value });
      toasts.show(t("record.action_done", { action: label }));
    } catch (error) {
      toasts.show(errorText(error));
    }
    await client.invalidateQueries({ queryKey: keys.entity(entity.name) });
  };
  const name = subject.title;
  return [
    { id: "act.open", title: t("palette.open_record", { name }), detail: "", icon: ExternalLink, run: goes(navigate, to) },
    ...(entity.may.update ? [{ id: "act.edit", title: t("palette.edit_record", { name }), detail: "", icon: Pencil, run: goes(navigate, `${to}?edit=1`) }] : []),
    ...changesOfState(offer, entity, record).map((each) => ({
      id: `act.${each.id}`, title: each.label, detail: name, run: () => void change(each.label, each.to),
    })),
  ];
}
