/** Users, their roles and their ways to sign in, over the API. */
import { api } from "@/lib/api";
import type { User } from "@/lib/wire";
import type { components } from "@/lib/wire.gen";

export type Role = components["schemas"]["Role"];
export type EntityRights = components["schemas"]["EntityRights"];
export type Denial = components["schemas"]["Denial"];
export type NewUser = components["schemas"]["NewUser"];
export type UserChanges = components["schemas"]["UserChanges"];

export interface Asked {
  q: string;
  role: string;
  active: string;
}

export const peopleKeys = {
  all: ["admin-users"] as const,
  list: (asked: Asked) => ["admin-users", "list", asked] as const,
  one: (id: number) => ["admin-users", "one", id] as const,
  rights: (id: number) => ["admin-users", "rights", id] as const,
  sessions: (id: number) => ["admin-users", "sessions", id] as const,
  keys: (id: number) => ["admin-users", "keys", id] as const,
  roles: ["admin-roles"] as const,
};

const places = (key: number) => ({ places: { key } });

export const peopleApi = {
  list: async (asked: Asked, after: number, signal?: AbortSignal) =>
    (await api.get("/api/v1/auth/users", { query: { q: asked.q, role: asked.role, is_active: asked.active, after: after || undefined, limit: 50 }, signal })).data,
  get: async (id: number, signal?: AbortSignal): Promise<User> => (await api.get("/api/v1/auth/users/{key}", { ...places(id), signal })).data,
  create: async (body: NewUser) => (await api.post("/api/v1/auth/users", { body })).data,
  change: async (id: number, body: UserChanges) => (await api.patch("/api/v1/auth/users/{key}", { ...places(id), body })).data,
  issue: async (id: number) => (await api.post("/api/v1/auth/users/{key}/one-time-password", places(id))).data.password,
  rights: async (id: number, signal?: AbortSignal) => (await api.get("/api/v1/auth/users/{key}/rights", { ...places(id), signal })).data,
  explain: async (id: number, query: { entity: string; action: string; record: string }) =>
    (await api.get("/api/v1/auth/users/{key}/rights/explain", { ...places(id), query })).data,
  sessions: async (id: number, signal?: AbortSignal) => (await api.get("/api/v1/auth/users/{key}/sessions", { ...places(id), signal })).data.data,
  endSessions: async (id: number) => api.delete("/api/v1/auth/users/{key}/sessions", places(id)),
  keys: async (id: number, signal?: AbortSignal) => (await api.get("/api/v1/auth/users/{key}/keys", { ...places(id), signal })).data.data,
  revoke: async (key: string) => api.delete("/api/v1/auth/keys/{key}", { places: { key } }),
  roles: async (signal?: AbortSignal) => (await api.get("/api/v1/auth/roles", { signal })).data.data,
};
