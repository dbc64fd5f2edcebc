/** The audit over the API. */
import { addressOf, api, type Query } from "@/lib/api";
import type { Json, Label } from "@/lib/wire";
import type { components } from "@/lib/wire.gen";

export type Entry = components["schemas"]["AuditEntry"];

export interface Change {
  field: string;
  label: Label;
  type: string;
  before: Json;
  after: Json;
}

export interface Lines {
  field: string;
  label: Label;
  added: Json[];
  removed: Json[];
  changed: Json[];
}

export interface Asked {
  kind: string;
  person: string;
  entity: string;
  record: string;
  since: string;
  until: string;
}

export const auditKeys = {
  list: (asked: Asked) => ["audit", "list", asked] as const,
  one: (id: string) => ["audit", "one", id] as const,
};

const queryOf = (asked: Asked): Query => ({ ...asked, record: asked.entity ? asked.record : "" });

export const auditApi = {
  page: async (asked: Asked, cursor: string, signal?: AbortSignal) =>
    (await api.get("/api/v1/audit", { query: { ...queryOf(asked), cursor, limit: 50 }, signal })).data,
  one: async (entry: string, signal?: AbortSignal) => {
    const { data } = await api.get("/api/v1/audit/{entry}", { places: { entry }, signal });
    return { ...data, changes: data.changes as unknown as Change[], lines: data.lines as unknown as Lines[] };
  },
  file: (asked: Asked) => addressOf("/api/v1/audit.csv", queryOf(asked)),
};
