import type { Feature } from "@/render/feature";

/** The API for programs: its documentation, one's own keys, and examples on one's own data. */
export const feature: Feature = {
  routes: [{ path: "admin/api", lazy: async () => ({ Component: (await import("./ApiPage")).ApiPage }) }],
};
