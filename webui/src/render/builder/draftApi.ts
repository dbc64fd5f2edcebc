/** Drafts over the API: what builders read and write. */
import { send } from "@/lib/api";
import type { Label, ProblemPart } from "@/lib/wire";

export type Body = { [key: string]: unknown; kind: string; uid: string; name: string };

export interface DraftStep {
  number: number;
  label: Label;
  at: string;
  by: string;
  is_done: boolean;
  documents: string[];
}

export interface Draft {
  id: number;
  name: string;
  note: string | null;
  state: "open" | "published" | "discarded";
  base: number;
  head: number;
  is_behind: boolean;
  package: string;
  version: number;
  updated_at: string;
  updated_by: string;
  undo: DraftStep | null;
  redo: DraftStep | null;
}

/** A place where the draft differs from its base; the pointer goes by uids. */
export interface Difference {
  pointer: string;
  action: "add" | "remove" | "change" | "move";
  before?: unknown;
  after?: unknown;
}

export interface DocumentSummary {
  key: string;
  package: string;
  kind: string;
  uid: string;
  name: string;
  label: Label | null;
  state: "same" | "changed" | "added" | "removed";
  version: number;
  is_own: boolean;
  updated_at: string | null;
  updated_by: string | null;
}

export interface DraftDocument extends DocumentSummary {
  body: Body;
  differences: Difference[];
}

export interface CheckProblem extends ProblemPart {
  document: string;
  kind: string;
  name: string;
}

export interface CheckAnswer {
  version: number;
  is_sound: boolean;
  problems: CheckProblem[];
  documents: Record<string, "sound" | "broken">;
}

export interface PlanChange {
  action: string;
  kind: string;
  key: string;
  risk: string;
  text: Label;
  part?: string;
  rows?: number | null;
}

export interface DraftPlan {
  base: number;
  version: number;
  is_empty: boolean;
  needs_consent: boolean;
  changes: PlanChange[];
}

/** A clash: both sides changed one place. */
export interface Clash {
  pointer: string;
  base: unknown;
  ours: unknown;
  theirs: unknown;
}

/** What a save sends. gesture: saves of one gesture are one step to undo. */
export interface DocumentPut {
  body: Body;
  version: number;
  label?: Label | string;
  gesture?: string;
  is_merging?: boolean;
}

const at = (draft: number, path = ""): string => `/api/v1/drafts/${draft}${path}`;
const ofDocument = (draft: number, key: string, path = ""): string =>
  at(draft, `/documents/${encodeURIComponent(key)}${path}`);

async function data<T>(answer: Promise<{ data: T }>): Promise<T> {
  return (await answer).data;
}

export const draftApi = {
  list: async (): Promise<Draft[]> => (await data(send<{ data: Draft[] }>("GET", "/api/v1/drafts"))).data,
  open: (name: string) => data(send<Draft>("POST", "/api/v1/drafts", { body: { name } })),
  get: (draft: number, signal?: AbortSignal) => data(send<Draft>("GET", at(draft), { signal })),
  rename: (draft: number, name: string) => data(send<Draft>("PATCH", at(draft), { body: { name } })),
  discard: (draft: number) => data(send<void>("DELETE", at(draft))),
  reopen: (draft: number) => data(send<Draft>("POST", at(draft, "/reopen"))),
  steps: async (draft: number): Promise<DraftStep[]> =>
    (await data(send<{ data: DraftStep[] }>("GET", at(draft, "/steps")))).data,
  undo: (draft: number) => data(send<{ draft: Draft; documents: string[] }>("POST", at(draft, "/undo"))),
  redo: (draft: number) => data(send<{ draft: Draft; documents: string[] }>("POST", at(draft, "/redo"))),
  check: (draft: number, signal?: AbortSignal) => data(send<CheckAnswer>("GET", at(draft, "/check"), { signal })),
  plan: (draft: number, signal?: AbortSignal) =>
    data(send<DraftPlan>("GET", at(draft, "/plan"), { signal, timeoutMs: 120_000 })),
  publish: (draft: number, query: { version: number; consent?: boolean; reason?: string; effective_from?: string }) =>
    data(send<DraftPlan & { release: number }>("POST", at(draft, "/publish"), { query, timeoutMs: 600_000 })),
  rebase: (draft: number) => data(send<Draft>("POST", at(draft, "/rebase"), { body: { choices: [] } })),

  documents: async (draft: number, kind?: string, signal?: AbortSignal): Promise<DocumentSummary[]> => {
    const query = { kind };
    return (await data(send<{ data: DocumentSummary[] }>("GET", at(draft, "/documents"), { query, signal }))).data;
  },
  document: (draft: number, key: string, signal?: AbortSignal) =>
    data(send<DraftDocument>("GET", ofDocument(draft, key), { signal })),
  create: (draft: number, body: Omit<Body, "uid"> & { uid?: string }, label?: Label | string) =>
    data(send<DraftDocument>("POST", at(draft, "/documents"), { body: { body, label } })),
  put: (draft: number, key: string, put: DocumentPut) =>
    data(send<DraftDocument>("PUT", ofDocument(draft, key), { body: put })),
  remove: (draft: number, key: string, version: number) =>
    data(send<void>("DELETE", ofDocument(draft, key), { query: { version } })),
  revert: (draft: number, key: string) => data(send<DraftDocument>("POST", ofDocument(draft, key, "/revert"))),
  renameElement: (draft: number, key: string, name: string, element?: string) =>
    data(send<{ data: DocumentSummary[] }>("POST", ofDocument(draft, key, "/rename"), { body: { name, element } })),
};
