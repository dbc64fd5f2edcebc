/** The keys of the query cache. What changes a record invalidates `keys.entity(name)`. */
import type { ListAsked } from "./records";

export const keys = {
  app: () => ["app"] as const,
  entity: (entity: string) => ["records", entity] as const,
  list: (entity: string, asked: ListAsked) => ["records", entity, "list", asked] as const,
  sums: (entity: string, asked: unknown) => ["records", entity, "sums", asked] as const,
  record: (entity: string, key: string | number) => ["records", entity, "one", String(key)] as const,
  byId: (entity: string, id: number) => ["records", entity, "id", id] as const,
  names: (entity: string, asked: unknown) => ["records", entity, "names", asked] as const,
  history: (entity: string, key: string | number) => ["records", entity, "history", String(key)] as const,
  users: (asked: unknown) => ["users", asked] as const,
};
