import { Workflow } from "lucide-react";
import type { Feature } from "@/render/feature";
import { seesRuns } from "@/render/runs/may";

/** Runs of flows: for those who may see them. */
export const feature: Feature = {
  routes: [{ path: "runs", lazy: async () => ({ Component: (await import("./RunsPage")).RunsPage }) }],
  nav: [{ id: "runs", label: "runs.title", icon: Workflow, path: "runs", order: 80, can: seesRuns }],
};
