import type { Feature } from "@/render/feature";

/** Lists as they are drawn: columns, order, filter, groups and sums, with real rows. */
export const feature: Feature = {
  builders: [{ path: "view/:key", lazy: async () => ({ Component: (await import("./ViewPage")).ViewPage }) }],
};
