import type { Feature } from "@/render/feature";

/** Messages that were sent, those that could not be, and what is decided about them. */
export const feature: Feature = {
  routes: [{ path: "admin/deliveries", lazy: async () => ({ Component: (await import("./DeliveriesPage")).DeliveriesPage }) }],
};
