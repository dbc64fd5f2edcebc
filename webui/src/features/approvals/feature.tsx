import { Inbox } from "lucide-react";
import type { Feature } from "@/render/feature";
import { useWaiting } from "./useWaiting";

/** What waits for the person to decide, one approval by itself, and the page of a link on a phone. */
export const feature: Feature = {
  routes: [
    { path: "inbox", lazy: async () => ({ Component: (await import("./InboxPage")).InboxPage }) },
    { path: "approvals/:id", lazy: async () => ({ Component: (await import("./ApprovalPage")).ApprovalPage }) },
  ],
  bare: [{ path: "approve", lazy: async () => ({ Component: (await import("./LinkPage")).LinkPage }) }],
  nav: [{ id: "inbox", label: "shell.for_me", icon: Inbox, path: "inbox", order: 5, useCount: useWaiting, keys: "g i" }],
};
