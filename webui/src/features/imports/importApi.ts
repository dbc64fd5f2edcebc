/** The import assistant over the API. */
import { api } from "@/lib/api";
import type { components } from "@/lib/wire.gen";

type Schemas = components["schemas"];
export type Upload = Schemas["ImportUpload"];
export type Proposal = Schemas["ImportProposal"];
export type FileColumn = Schemas["ImportColumn"];
export type PlannedColumn = Schemas["ImportProposedColumn"];
export type Plan = Schemas["ImportProposedPlan"];
export type Preview = Schemas["ImportPreview"];
export type Job = Schemas["ImportJob"];
export type Reject = Schemas["ImportRejects"]["data"][number];

/** How somebody says that the file is written, where it is not as it seems. */
export interface Written {
  sheet?: string;
  has_header?: boolean;
}

const LONG_MS = 600_000;
const SHOWN = 100;

export const importKeys = {
  all: ["imports"] as const,
  proposal: (file: number, entity: string, written: Written) => ["imports", "proposal", file, entity, written] as const,
  preview: (file: number, written: Written, plan: Plan) => ["imports", "preview", file, written, plan] as const,
  job: (batch: number) => ["imports", "job", batch] as const,
  rejects: (batch: number) => ["imports", "rejects", batch] as const,
  latest: ["imports", "latest"] as const,
};

const withFile = (file: File): FormData => {
  const form = new FormData();
  form.set("file", file);
  return form;
};

/** What the server takes of a plan: how sure it is and what is lacking are its own words. */
const sent = ({ entity, on_repeat, zone, columns }: Plan) => ({
  entity, on_repeat, zone,
  columns: columns.map(({ place, field, formula, by, missing }) => ({ place, field, ...(formula && { formula }), by, missing })),
});

export const imports = {
  send: async (file: File) => (await api.post("/api/v1/import-files", { form: withFile(file), timeoutMs: LONG_MS })).data,
  proposal: async (file: number, entity: string, written: Written, signal?: AbortSignal) =>
    (await api.post("/api/v1/import-files/{file}/proposal", { places: { file }, body: { entity, ...written }, signal })).data,
  preview: async (file: number, written: Written, plan: Plan, signal?: AbortSignal) =>
    (await api.post("/api/v1/import-files/{file}/preview", {
      places: { file }, query: { limit: SHOWN }, body: { plan: sent(plan), ...written }, signal, timeoutMs: LONG_MS,
    })).data,
  run: async (file: number, written: Written, plan: Plan) =>
    (await api.post("/api/v1/import-files/{file}/run", { places: { file }, body: { plan: sent(plan), ...written } })).data,
  job: async (key: number, signal?: AbortSignal) => (await api.get("/api/v1/imports/{key}", { places: { key }, signal })).data,
  latest: async (signal?: AbortSignal) =>
    (await api.get("/api/v1/imports", { query: { limit: 5 }, signal })).data.data as unknown as Job[],
  rejects: async (key: number, signal?: AbortSignal) =>
    (await api.get("/api/v1/imports/{key}/rejects", { places: { key }, query: { limit: SHOWN }, signal })).data,
  correct: async (key: number, file: File) =>
    (await api.post("/api/v1/imports/{key}/rejects", { places: { key }, form: withFile(file), timeoutMs: LONG_MS })).data,
  resume: async (key: number) => (await api.post("/api/v1/imports/{key}/resume", { places: { key } })).data,
  undo: async (key: number) => (await api.post("/api/v1/imports/{key}/undo", { places: { key } })).data,
};

/** Whether it is worth asking again soon. */
export const isOpen = (job: Job): boolean => job.is_running || job.undo?.status === "running";

/** What became of it, as figures that say something: those that are none are left out. */
export function figuresOf(job: Job): { created: number; revised: number; unchanged: number; rejected: number } {
  const documents = job.documents as Record<string, number>;
  const counts = job.counts as Record<string, number>;
  return {
    created: documents.created ?? 0,
    revised: documents.revised ?? 0,
    unchanged: (documents.unchanged ?? 0) + (documents.ignored ?? 0),
    rejected: counts.rejected ?? 0,
  };
}
