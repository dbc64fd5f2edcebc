import type { Feature } from "@/render/feature";

/** The first page of an application, and the person's own settings. */
export const feature: Feature = {
  routes: [
    { index: true, lazy: async () => ({ Component: (await import("./HomePage")).HomePage }) },
    { path: "settings", lazy: async () => ({ Component: (await import("./SettingsPage")).SettingsPage }) },
  ],
};
