import type { Feature } from "@/render/feature";

/** Forms for people without an account: the page behind a link, and the links of an entity for who manages them. */
export const feature: Feature = {
  routes: [{ path: "public-forms/:entity", lazy: async () => ({ Component: (await import("./LinksPage")).LinksPage }) }],
  bare: [{ path: "p/:token", lazy: async () => ({ Component: (await import("./PublicPage")).PublicPage }) }],
};
