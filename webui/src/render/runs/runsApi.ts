/** Runs of flows over the API: lists, one with its steps, and what people do with them. */
import { api, send } from "@/lib/api";
import type { Json, Label } from "@/lib/wire";

export const RUN_STATES = ["queued", "ready", "running", "waiting", "review", "failed", "done", "cancelled"] as const;
export type RunState = (typeof RUN_STATES)[number];
export type StepState = "started" | "waiting" | "done" | "skipped" | "failed" | "failing" | "review" | "cancelled";

/** Why something failed, as the history tells it. */
export interface Failure {
  code?: string;
  message?: string;
  step?: string;
  at?: string;
}

export interface RunRow {
  id: number;
  flow: string;
  /** Of the flow's document, for its designer. */
  flow_key: string;
  label: Partial<Label>;
  state: RunState;
  entity: string | null;
  record_id: number | null;
  parent_id: number | null;
  rerun_of: number | null;
  wake_at: string | null;
  is_settled: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  steps: number;
  error: Failure | null;
}

export interface Step {
  path: string;
  do: string;
  label: Partial<Label>;
  as: string | null;
  state: StepState;
  attempts: number;
  repeated: number;
  started_at: string;
  ended_at: string | null;
  input: Json;
  output: Json;
  note: Json;
  errors: Json;
  call?: { key: string; state: string; begun: number; request: Json; answer: Json };
}

export interface Run extends RunRow {
  given: { event: Json; input: Json };
  variables: Json;
  result: Json;
  at: string[];
  steps_taken: Step[];
  called: number[];
}

export interface FlowRow {
  name: string;
  label: Label;
}

export interface RunFilter {
  flow: string;
  state: string;
  dead: boolean;
  /** Only those made at this instant or later; "" for all. */
  since: string;
}

export const runKeys = {
  all: ["runs"] as const,
  list: (asked: RunFilter) => ["runs", "list", asked] as const,
  one: (id: number) => ["runs", "one", id] as const,
  figures: ["runs", "figures"] as const,
  flows: ["flows", "list"] as const,
};

/** A step whose failure was dealt with by other steps stays as it was cut off; for people it has failed. */
export function told(run: Run): Run {
  const isOver = (step: Step) => run.finished_at !== null && step.errors !== null && (step.state === "started" || step.state === "failing");
  return { ...run, steps_taken: run.steps_taken.map((step) => (isOver(step) ? { ...step, state: "failed" } : step)) };
}

export const runsApi = {
  list: async (asked: RunFilter, before: string, signal?: AbortSignal) =>
    (await send<{ data: RunRow[]; next: string | null }>("GET", "/api/v1/runs", {
      query: { flow: asked.flow, state: asked.state, dead: asked.dead ? "true" : "", since: asked.since, before, limit: 50 }, signal,
    })).data,
  get: async (id: number, signal?: AbortSignal) => told((await send<Run>("GET", `/api/v1/runs/${id}`, { signal })).data),
  figures: async (signal?: AbortSignal) => (await send<{ dead: number }>("GET", "/api/v1/runs/figures", { signal })).data,
  flows: async (signal?: AbortSignal) => (await send<{ data: FlowRow[] }>("GET", "/api/v1/flows", { signal })).data.data,
  cancel: (id: number) => api.post("/api/v1/runs/{id}/cancel", { places: { id } }),
  retry: (id: number) => api.post("/api/v1/runs/{id}/retry", { places: { id } }),
  settle: (id: number) => api.post("/api/v1/runs/{id}/settle", { places: { id } }),
  repeat: async (id: number) => (await send<{ id: number }>("POST", `/api/v1/runs/${id}/repeat`)).data.id,
  replay: async (flow: string) => (await send<{ retried: Json }>("POST", "/api/v1/runs/replay", { body: flow ? { flow } : {} })).data.retried,
};

/** Whether a run goes on by itself, so that it is worth asking again soon. */
export const isOpen = (state: RunState): boolean => state !== "done" && state !== "cancelled" && state !== "failed";
