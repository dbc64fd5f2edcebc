/** Deliveries over the API. */
import { api } from "@/lib/api";
import type { components } from "@/lib/wire.gen";

export type Delivery = components["schemas"]["Delivery"];

export const STATES = ["waiting", "sending", "sent", "failed", "dead", "review", "suppressed", "merged", "cancelled"] as const;
export type State = (typeof STATES)[number];
export const WRONG = "failed,dead,review";

export const deliveryKeys = {
  all: ["deliveries"] as const,
  list: (state: string) => ["deliveries", "list", state] as const,
  one: (id: number) => ["deliveries", "one", id] as const,
};

export const deliveriesApi = {
  page: async (state: string, before: number, signal?: AbortSignal) =>
    (await api.get("/api/v1/deliveries", { query: { state, before: before || undefined, limit: 50 }, signal })).data,
  one: async (key: number, signal?: AbortSignal) => (await api.get("/api/v1/deliveries/{key}", { places: { key }, signal })).data,
  replay: (key: number) => api.post("/api/v1/deliveries/{key}/replay", { places: { key } }),
  settle: (key: number, was_sent: boolean) => api.post("/api/v1/deliveries/{key}/settle", { places: { key }, body: { was_sent } }),
};
