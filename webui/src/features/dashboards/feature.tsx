import type { Feature } from "@/render/feature";

/** Dashboards: a page in the shell, and the same document on a wall. */
export const feature: Feature = {
  routes: [{ path: "d/:name", lazy: async () => ({ Component: (await import("./DashboardPage")).DashboardPage }) }],
  builders: [{ path: "wall/:name", lazy: async () => ({ Component: (await import("./WallPage")).WallPage }) }],
};
