import type { Feature } from "@/render/feature";

/** How one record is edited: sections and fields, with conditions, tried on real records. */
export const feature: Feature = {
  builders: [{ path: "form/:key", lazy: async () => ({ Component: (await import("./FormPage")).FormPage }) }],
};
