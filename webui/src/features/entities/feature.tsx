import type { Feature } from "@/render/feature";

/** What records are made of: fields with their types and settings, and how entities belong together. */
export const feature: Feature = {
  builders: [{ path: "entity/:key", lazy: async () => ({ Component: (await import("./EntityPage")).EntityPage }) }],
};
