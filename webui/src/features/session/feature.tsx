import type { Feature } from "@/render/feature";

/** Signing in. */
export const feature: Feature = {
  bare: [{ path: "sign-in", lazy: async () => ({ Component: (await import("./SignInPage")).SignInPage }) }],
};
