import { Settings2 } from "lucide-react";
import { administrates } from "@/render/admin/sections";
import type { Feature } from "@/render/feature";

/** Packages and releases; the place of the administration in the sidebar, which begins with the first of its pages. */
export const feature: Feature = {
  routes: [
    { path: "admin", lazy: async () => ({ Component: (await import("./AdminHome")).AdminHome }) },
    { path: "admin/packages", lazy: async () => ({ Component: (await import("./PackagesPage")).PackagesPage }) },
  ],
  builders: [
    { path: "packages/import", lazy: async () => ({ Component: (await import("./ImportPage")).ImportPage }) },
    { path: "packages/back/:number", lazy: async () => ({ Component: (await import("./RollbackPage")).RollbackPage }) },
  ],
  nav: [{ id: "admin", label: "admin.title", icon: Settings2, path: "/a/:app/admin", order: 95, at: "foot", can: administrates }],
};
