/** What the workspace offers to the person who is signed in, for every part of the page. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { api } from "./api";
import { setZone } from "./formats";
import { keys } from "./keys";
import type { AppAnswer, AppEntity, AppField, AppForm, AppView } from "./wire";

export const appQuery = queryOptions({
  queryKey: keys.app(),
  queryFn: async ({ signal }) => {
    const { data } = await api.get("/api/v1/meta/app", { signal, resumes: false });
    setZone(data.zone);
    return data;
  },
  staleTime: 60_000,
});

/** The offer with look-ups by name. */
export interface Offer extends AppAnswer {
  entity: (name: string) => AppEntity | undefined;
  view: (name: string) => AppView | undefined;
  form: (name: string) => AppForm | undefined;
  viewsOf: (entity: string) => AppView[];
  formsOf: (entity: string) => AppForm[];
}

/** The field of that name, or of that path over references: "store.region". */
export function fieldAt(offer: Offer, entity: AppEntity | undefined, path: string): AppField | undefined {
  let here = entity;
  let found: AppField | undefined;
  for (const name of path.split(".")) {
    found = here?.fields.find((field) => field.name === name);
    if (!found) return undefined;
    here = found.to ? offer.entity(found.to) : undefined;
  }
  return found;
}

export function offerOf(answer: AppAnswer): Offer {
  const views = new Map(answer.views.map((view) => [view.name, view]));
  const forms = new Map(answer.forms.map((form) => [form.name, form]));
  return {
    ...answer,
    entity: (name) => answer.entities[name],
    view: (name) => views.get(name),
    form: (name) => forms.get(name),
    viewsOf: (entity) => answer.views.filter((view) => view.entity === entity),
    formsOf: (entity) => answer.forms.filter((form) => form.entity === entity),
  };
}

const OfferContext = createContext<Offer | null>(null);

export function OfferProvider({ answer, children }: { answer: AppAnswer; children: ReactNode }) {
  const offer = useMemo(() => offerOf(answer), [answer]);
  return <OfferContext value={offer}>{children}</OfferContext>;
}

/** What is offered. Only below the shell, where somebody is signed in. */
export function useOffer(): Offer {
  const offer = useContext(OfferContext);
  if (!offer) throw new Error("useOffer outside of the shell");
  return offer;
}

/** The first request: who is there and what he is offered. */
export function useAppQuery() {
  return useQuery(appQuery);
}
