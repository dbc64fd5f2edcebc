/** Links to forms for those who manage them, and the forms themselves as strangers see them. */
import { api } from "@/lib/api";
import { ApiError, OfflineError } from "@/lib/errors";
import { currentLanguage } from "@/lib/i18n";
import type { Changes, Problem } from "@/lib/wire";
import type { components } from "@/lib/wire.gen";

type Schemas = components["schemas"];
export type PublicLink = Schemas["PublicLink"];
export type OpenForm = Schemas["OpenForm"];
export type LinkParts = Schemas["PublicLinkChanges"];

export const linkKeys = {
  of: (entity: string) => ["public-forms", entity] as const,
  form: (token: string) => ["open-form", token] as const,
};

export const links = {
  list: async (entity: string, signal?: AbortSignal) => (await api.get("/api/v1/public-forms", { query: { entity }, signal })).data.data,
  create: async (body: Schemas["PublicLinkBody"]) => (await api.post("/api/v1/public-forms", { body })).data,
  change: async (link: number, body: LinkParts) => (await api.patch("/api/v1/public-forms/{link}", { places: { link }, body })).data,
  remove: (link: number) => api.delete("/api/v1/public-forms/{link}", { places: { link } }),
};

/** Where the page of a link is. */
export const addressOfLink = (link: Pick<PublicLink, "token">): string => new URL(`/p/${link.token}`, window.location.href).href;

/** As nobody in particular, also in a browser where somebody is signed in: who answers is not told. */
async function ask<T>(path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1/open-forms/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { Accept: "application/json", "Accept-Language": currentLanguage(), ...(body !== undefined && { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
    });
  } catch (error) {
    throw new OfflineError(String(error));
  }
  if (answer.ok) return (await answer.json()) as T;
  const found = (await answer.json().catch(() => null)) as Problem | null;
  const requestId = answer.headers.get("X-Request-Id") ?? "";
  throw new ApiError(answer.status, found?.code ?? `http_${answer.status}`, found?.detail ?? "", requestId, (found?.problems ?? []) as ApiError["problems"]);
}

export const openForms = {
  get: (token: string) => ask<OpenForm>(encodeURIComponent(token)),
  answer: (token: string, values: Changes, key: string, website: string) =>
    ask<Schemas["OpenFormThanks"]>(`${encodeURIComponent(token)}/answers`, { values, key, website }),
};
