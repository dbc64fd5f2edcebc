import type { Feature } from "@/render/feature";

/** Lists and records of every entity. */
export const feature: Feature = {
  routes: [
    { path: "e/:entity", lazy: async () => ({ Component: (await import("./ListPage")).EntityListPage }) },
    { path: "v/:view", lazy: async () => ({ Component: (await import("./ListPage")).ViewListPage }) },
    { path: "e/:entity/:key", lazy: async () => ({ Component: (await import("./RecordPage")).RecordPage }) },
    { path: "f/:form", lazy: async () => ({ Component: (await import("./RecordPage")).FormPage }) },
  ],
};
