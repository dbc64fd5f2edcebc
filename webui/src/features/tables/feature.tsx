import type { Feature } from "@/render/feature";

/** Small tables that are released with the rules, edited like a sheet. */
export const feature: Feature = {
  builders: [{ path: "table/:key", lazy: async () => ({ Component: (await import("./TablePage")).TablePage }) }],
};
