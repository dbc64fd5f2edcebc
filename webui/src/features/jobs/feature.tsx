import type { Feature } from "@/render/feature";

/** Imports, exports, builds and flow queues: how far they are and what became of them. */
export const feature: Feature = {
  routes: [{ path: "admin/jobs", lazy: async () => ({ Component: (await import("./JobsPage")).JobsPage }) }],
};
