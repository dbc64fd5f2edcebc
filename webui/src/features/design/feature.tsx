import { DraftingCompass } from "lucide-react";
import type { Feature } from "@/render/feature";

/** Designing an application: its documents, drafts and releases, and an editor for every kind of document. */
export const feature: Feature = {
  builders: [
    { index: true, lazy: async () => ({ Component: (await import("./DesignPage")).DesignPage }) },
    { path: "json/:kind/:key", lazy: async () => ({ Component: (await import("./DocumentPage")).DocumentPage }) },
    { path: ":kind/:key", lazy: async () => ({ Component: (await import("./DocumentPage")).DocumentPage }) },
  ],
  nav: [{ id: "design", label: "shell.design", icon: DraftingCompass, path: "/b/:app", order: 90, at: "foot", can: (offer) => offer.may.includes("design") }],
};
