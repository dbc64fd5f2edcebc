import type { ExportJob, ImportJob, Job } from "./jobsApi";

/** An import as a line of the list of jobs. */
export const ofImport = (found: ImportJob): Job => ({
  kind: "import", id: found.id, label: found.files.map((file) => file.name).join(", ") || found.mapping, status: found.status,
  is_running: found.finished_at === null, done: found.rows, total: null, problem: null, started_at: found.started_at,
  started_by: found.started_by, finished_at: found.finished_at, file: null,
});

/** An export as a line of the list of jobs. */
export const ofExport = (found: ExportJob): Job => ({
  kind: "export", id: found.id, label: found.label, status: found.status, is_running: found.status === "waiting" || found.status === "running",
  done: found.rows, total: found.total, problem: found.problem, started_at: found.created_at, started_by: found.owner,
  finished_at: found.finished_at, file: found.file,
});
