/** Approvals over the API: what waits, one task with everything about it, and what can be done with it. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, send } from "@/lib/api";
import type { Json } from "@/lib/wire";
import type { components } from "@/lib/wire.gen";

type Schemas = components["schemas"];

export type ApprovalRow = Schemas["ApprovalPage"]["data"][number];
export type ApprovalAnswer = Schemas["ApprovalAnswer"];
export type Approval = Schemas["Approval"];
export type ApprovalTask = Schemas["ApprovalTask"];
export type Stop = Approval["way"][number];
export type Asked = Stop["people"][number];
export type Deed = Approval["trail"][number];
export type ShownRecord = NonNullable<Approval["record"]>;
export type ShownField = ShownRecord["fields"][number];
export type BatchAnswer = Schemas["ApprovalBatchAnswer"];
export type Person = Schemas["Person"];

/** The lists, in the order of their tabs. */
export const TABS = ["waiting", "done", "started", "copied"] as const;
export type Tab = (typeof TABS)[number];

const PATHS = {
  waiting: "/api/v1/approvals/inbox",
  done: "/api/v1/approvals/done",
  started: "/api/v1/approvals/started",
  copied: "/api/v1/approvals/copied",
} as const;

/** What can be done with a task (decide) or with an approval as a whole. */
export type Verb = "agree" | "reject" | "return" | "transfer" | "resubmit" | "signers" | "undo" | "withdraw" | "urge" | "comment" | "copies";
const OF_TASK: readonly Verb[] = ["agree", "reject", "return", "transfer", "resubmit", "signers", "undo"];

export const approvalKeys = {
  all: ["approvals"] as const,
  counts: ["approvals", "counts"] as const,
  list: (tab: Tab) => ["approvals", "list", tab] as const,
  one: (id: number) => ["approvals", "one", id] as const,
  task: (id: number) => ["approvals", "task", id] as const,
};

export const approvalsApi = {
  counts: async (signal?: AbortSignal) => (await api.get("/api/v1/approvals/counts", { signal })).data,
  list: async (tab: Tab, cursor: string, signal?: AbortSignal) =>
    (await send<Schemas["ApprovalPage"]>("GET", PATHS[tab], { query: { limit: 50, cursor }, signal })).data,
  task: async (task: number, signal?: AbortSignal) =>
    (await api.get("/api/v1/approvals/tasks/{task}", { places: { task }, signal })).data,
  approval: async (approval: number, signal?: AbortSignal) =>
    (await api.get("/api/v1/approvals/{approval}", { places: { approval }, signal })).data,
  people: async (task: number, text: string, signal?: AbortSignal) =>
    (await send<Schemas["People"]>("GET", `/api/v1/approvals/tasks/${task}/people`, { query: { text }, signal })).data.data,
  /** Do something; the answer is the whole as it is then. */
  act: async (answer: ApprovalAnswer, verb: Verb, body: Record<string, Json>) => {
    const at = OF_TASK.includes(verb) ? `tasks/${answer.task?.id ?? 0}` : String(answer.approval.id);
    const sent = verb === "undo" ? {} : { body };
    return (await send<ApprovalAnswer>("POST", `/api/v1/approvals/${at}/${verb}`, sent)).data;
  },
  undo: async (task: number) => (await api.post("/api/v1/approvals/tasks/{task}/undo", { places: { task } })).data,
  agreeAll: async (tasks: readonly number[], dryRun: boolean) =>
    (await api.post("/api/v1/approvals/tasks/agree", { body: { tasks: [...tasks], dry_run: dryRun } })).data,
  read: (approval: number) => api.post("/api/v1/approvals/{approval}/read", { places: { approval } }),
};

/** Which row is meant: its task, or the approval where there is none. */
export const rowId = (row: ApprovalRow): string => (row.task ? `t${row.task}` : `a${row.approval}`);

/** Forget the lists and counts after something was done. */
export function useForget(): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: approvalKeys.counts }),
      client.invalidateQueries({ queryKey: ["approvals", "list"] }),
      client.invalidateQueries({ queryKey: ["approvals", "one"] }),
      client.invalidateQueries({ queryKey: ["approvals", "task"] }),
    ]);
  }, [client]);
}
