import type { Feature } from "@/render/feature";

/** Who changed what, when and why: records, packages, sign-ins and rights. */
export const feature: Feature = {
  routes: [{ path: "admin/audit", lazy: async () => ({ Component: (await import("./AuditPage")).AuditPage }) }],
};
