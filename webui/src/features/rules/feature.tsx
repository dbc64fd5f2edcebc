import type { Feature } from "@/render/feature";

/** Rules as decision tables and sentences, tried on real documents before they are published. */
export const feature: Feature = {
  builders: [{ path: "ruleset/:key", lazy: async () => ({ Component: (await import("./RulesPage")).RulesPage }) }],
};
