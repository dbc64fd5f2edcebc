/** Jobs over the API: imports, exports, what releases left to be built, and the queues of flows. */
import { send } from "@/lib/api";
import type { Json } from "@/lib/wire";

export type Status = "waiting" | "running" | "reading" | "writing" | "settling" | "complete" | "failed" | "cancelled" | "undone";

export interface Job {
  kind: "import" | "export";
  id: number;
  label: string;
  status: Status;
  is_running: boolean;
  done: number;
  total: number | null;
  problem: { code?: string; message?: string; detail?: string } | null;
  started_at: string;
  started_by: string;
  finished_at: string | null;
  file: string | null;
}

export interface ImportJob {
  id: number;
  mapping: string;
  status: Status;
  rows: number;
  totals: Record<string, number>;
  files: { name: string; rows?: number }[];
  corrects: number | null;
  is_running: boolean;
  started_at: string;
  started_by: string;
  finished_at: string | null;
  progress?: { done?: number; total?: number; phase?: string } | null;
  problem?: Job["problem"];
  undo?: Json;
}

export interface ExportJob {
  id: number;
  label: string;
  format: string;
  status: Status;
  rows: number;
  total: number | null;
  size_bytes: number | null;
  problem: Job["problem"];
  owner: string;
  created_at: string;
  finished_at: string | null;
  expires_at: string | null;
  file: string | null;
}

export interface Reject {
  id: number;
  row: number;
  code: string;
  column: string | null;
  message: string;
}

export interface Outstanding {
  builds: { id: number; release: number; kind: string; target: string; state: string; place: number; problems: number[] }[];
  holders: number;
}

export interface Figures {
  events_waiting: number;
  event_lag_s: number;
  runs: Record<string, number>;
  ready_lag_s: number;
  dead: number;
}

export interface Page<Row> {
  data: Row[];
  next: string | null;
}

const get = async <T>(path: string, signal?: AbortSignal, query?: Record<string, string | number | undefined>): Promise<T> =>
  (await send<T>("GET", path, { query, signal })).data;

export const jobKeys = {
  all: ["jobs"] as const,
  latest: ["jobs", "latest"] as const,
  imports: ["jobs", "imports"] as const,
  exports: ["jobs", "exports"] as const,
  one: (kind: string, id: number) => ["jobs", "one", kind, id] as const,
  rejects: (id: number) => ["jobs", "rejects", id] as const,
  builds: ["jobs", "builds"] as const,
  flows: ["jobs", "flows"] as const,
};

export const jobsApi = {
  latest: async (signal?: AbortSignal) => (await get<Page<Job>>("/api/v1/jobs", signal, { limit: 100 })).data,
  imports: (before: string, signal?: AbortSignal) => get<Page<ImportJob>>("/api/v1/imports", signal, { before, limit: 50 }),
  exports: (before: string, signal?: AbortSignal) => get<Page<ExportJob>>("/api/v1/exports", signal, { before, limit: 50 }),
  import: (id: number, signal?: AbortSignal) => get<ImportJob>(`/api/v1/imports/${id}`, signal),
  export: (id: number, signal?: AbortSignal) => get<ExportJob>(`/api/v1/exports/${id}`, signal),
  rejects: (id: number, after: string, signal?: AbortSignal) => get<Page<Reject>>(`/api/v1/imports/${id}/rejects`, signal, { after, limit: 50 }),
  builds: (signal?: AbortSignal) => get<Outstanding>("/api/v1/releases/outstanding", signal),
  flows: (signal?: AbortSignal) => get<Figures>("/api/v1/runs/figures", signal),
  act: (kind: "imports" | "exports", id: number, verb: "cancel" | "resume" | "undo") => send("POST", `/api/v1/${kind}/${id}/${verb}`),
  remove: (id: number) => send("DELETE", `/api/v1/exports/${id}`),
  correct: async (id: number, file: File) => {
    const form = new FormData();
    form.append("file", file);
    return (await send<ImportJob>("POST", `/api/v1/imports/${id}/rejects`, { form, timeoutMs: 300_000 })).data;
  },
};
