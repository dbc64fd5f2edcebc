/** Records of any entity over the API. */
import { type Answer, send } from "./api";
import type { BulkAnswer, Changes, WirePage, WireRecord } from "./wire";

export interface ListAsked {
  filter?: string;
  /** Names or paths, "-" before a descending one. */
  sort?: readonly string[];
  fields?: readonly string[];
  expand?: readonly string[];
  limit?: number;
  cursor?: string;
  count?: boolean;
}

const at = (entity: string, key?: string | number): string =>
  key === undefined ? `/api/v1/${entity}` : `/api/v1/${entity}/${encodeURIComponent(String(key))}`;

const joined = (names?: readonly string[]): string | undefined => (names?.length ? names.join(",") : undefined);

export const records = {
  /** A page of those that the filter finds. */
  async list(entity: string, asked: ListAsked = {}, signal?: AbortSignal): Promise<WirePage> {
    const { sort, fields, expand, ...rest } = asked;
    const query = { ...rest, sort: joined(sort), fields: joined(fields), expand: joined(expand) };
    return (await send<WirePage>("GET", at(entity), { query, signal })).data;
  },

  /** A record with its lines; the answer's etag goes into a later change. */
  get(entity: string, key: string | number, expand: readonly string[] = [], signal?: AbortSignal) {
    return send<WireRecord>("GET", at(entity, key), { query: { expand: joined(expand) }, signal });
  },

  /** A record by its id, which references hold; the address of a record takes its ref or business key. */
  async byId(entity: string, id: number, signal?: AbortSignal): Promise<WireRecord | null> {
    const page = await this.list(entity, { filter: `id = ${Math.trunc(id)}`, limit: 1 }, signal);
    return page.data[0] ?? null;
  },

  create(entity: string, body: Changes, idempotencyKey?: string): Promise<Answer<WireRecord>> {
    return send<WireRecord>("POST", at(entity), { body, idempotencyKey });
  },

  update(entity: string, key: string | number, body: Changes, ifMatch?: string): Promise<Answer<WireRecord>> {
    return send<WireRecord>("PATCH", at(entity, key), { body, ifMatch });
  },

  remove(entity: string, key: string | number, ifMatch?: string): Promise<Answer<void>> {
    return send<void>("DELETE", at(entity, key), { ifMatch });
  },

  restore(entity: string, key: string | number): Promise<Answer<WireRecord>> {
    return send<WireRecord>("POST", `${at(entity, key)}/restore`);
  },

  async bulkUpdate(entity: string, data: readonly Changes[]): Promise<BulkAnswer> {
    return (await send<BulkAnswer>("POST", `${at(entity)}/bulk-update`, { body: { data } })).data;
  },

  /** The same changes for every record that the filter finds. */
  async updateWhere(entity: string, filter: string, changes: Changes): Promise<BulkAnswer> {
    return (await send<BulkAnswer>("POST", `${at(entity)}/bulk-update`, { body: { filter, changes } })).data;
  },

  async bulkDelete(entity: string, keys: readonly number[]): Promise<BulkAnswer> {
    return (await send<BulkAnswer>("POST", `${at(entity)}/bulk-delete`, { body: { keys } })).data;
  },

  /** Bring deleted records back, all or none. */
  async bulkRestore(entity: string, keys: readonly (number | string)[]): Promise<BulkAnswer> {
    return (await send<BulkAnswer>("POST", `${at(entity)}/bulk-restore`, { body: { keys } })).data;
  },

  async deleteWhere(entity: string, filter: string): Promise<BulkAnswer> {
    return (await send<BulkAnswer>("POST", `${at(entity)}/bulk-delete`, { body: { filter } })).data;
  },

  /** Figures over the records that the filter finds: {n: "count", total: "sum:total"}. Decimals come as texts. */
  async aggregate(
    entity: string,
    measures: Record<string, string>,
    filter = "",
    groups = "",
    signal?: AbortSignal,
  ): Promise<Record<string, string | number | null>[]> {
    const text = Object.entries(measures).map(([name, measure]) => `${name}:${measure}`).join(",");
    const body = { measures: text, ...(filter && { filter }), ...(groups && { groups }) };
    type Rows = { data: Record<string, string | number | null>[] };
    return (await send<Rows>("POST", `${at(entity)}/aggregate`, { body, signal })).data.data;
  },
};
