import type { Feature } from "@/render/feature";

/** What happens after an event: triggers and steps as a picture, tried without a trace, with the runs beside it. */
export const feature: Feature = {
  builders: [{ path: "flow/:key", lazy: async () => ({ Component: (await import("./FlowPage")).FlowPage }) }],
};
