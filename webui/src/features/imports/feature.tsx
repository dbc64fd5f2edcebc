import type { Feature } from "@/render/feature";

/** The import assistant: a file becomes records of an entity. Lists lead here. */
export const feature: Feature = {
  routes: [{ path: "import/:entity", lazy: async () => ({ Component: (await import("./ImportPage")).ImportPage }) }],
};
