import type { Feature } from "@/render/feature";

/** The live page of all components. */
export const feature: Feature = {
  bare: [{ path: "_ui", lazy: async () => ({ Component: (await import("./GalleryPage")).GalleryPage }) }],
};
