import type { Feature } from "@/render/feature";

/** Users, what they may do, and how they sign in; roles as a matrix. */
export const feature: Feature = {
  routes: [
    { path: "admin/people", lazy: async () => ({ Component: (await import("./PeoplePage")).PeoplePage }) },
    { path: "admin/roles", lazy: async () => ({ Component: (await import("./RolesPage")).RolesPage }) },
  ],
};
