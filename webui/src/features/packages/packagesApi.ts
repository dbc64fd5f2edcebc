/** Packages and releases over the API: what is applied, what would change, and the ways there and back. */
import { send } from "@/lib/api";
import type { Json, Label, ProblemPart } from "@/lib/wire";

export interface PackageRow {
  name: string;
  version: string;
  label: Label | string | null;
  requires: { package: string; version: string }[];
  documents: number;
}

export interface ReleaseRow {
  number: number;
  parent: number;
  effective_from: string;
  created_at: string;
  created_by: string;
  reason: string;
  rolled_back_to: number | null;
}

export type Risk = "safe" | "rebuild" | "loses_precision" | "hides_data";

export interface Change {
  action: string;
  kind: string;
  key: string;
  risk: Risk;
  text: Label;
  part?: string;
  before?: Json;
  after?: Json;
  rows?: number;
  of?: { key: string; package: string; kind: string; name: string; label: Label | string };
}

export interface Plan {
  base: number;
  is_empty: boolean;
  needs_consent: boolean;
  packages: Record<string, string>;
  changes: Change[];
  history: { timeline: string; since: string; holders: number; moments: number }[];
  inline_rows: number;
}

export interface Outstanding {
  builds: { id: number; kind: string; target: string; state: string; place: number; problems: number[] }[];
  holders: number;
}

export interface Wish {
  parent: number;
  consent: boolean;
  reason: string;
}

/** What takes as long as the data are large. */
const LONG_MS = 600_000;

function form(file: Blob): FormData {
  const made = new FormData();
  made.append("file", file, "package.zip");
  return made;
}

const data = async <T>(answer: Promise<{ data: T }>): Promise<T> => (await answer).data;

export const packageKeys = {
  all: ["packages"] as const,
  list: ["packages", "list"] as const,
  releases: ["packages", "releases"] as const,
  diff: (number: number) => ["packages", "diff", number] as const,
  back: (number: number) => ["packages", "back", number] as const,
  outstanding: ["packages", "outstanding"] as const,
};

export const packagesApi = {
  list: (signal?: AbortSignal) => data(send<{ release: number; data: PackageRow[] }>("GET", "/api/v1/packages", { signal })),
  releases: (signal?: AbortSignal) => data(send<{ head: number; data: ReleaseRow[] }>("GET", "/api/v1/releases", { signal })),
  diff: (number: number, signal?: AbortSignal) =>
    data(send<{ from: number; to: number; changes: Change[] }>("GET", `/api/v1/releases/${number}/diff`, { signal, timeoutMs: LONG_MS })),
  outstanding: (signal?: AbortSignal) => data(send<Outstanding>("GET", "/api/v1/releases/outstanding", { signal })),
  check: async (file: Blob) =>
    (await data(send<{ problems: ProblemPart[] }>("POST", "/api/v1/packages/check", { form: form(file), timeoutMs: LONG_MS }))).problems,
  plan: (file: Blob) => data(send<Plan>("POST", "/api/v1/packages/plan", { form: form(file), timeoutMs: LONG_MS })),
  apply: (file: Blob, wish: Wish) =>
    data(send<Plan & { release: number }>("POST", "/api/v1/packages/apply", { form: form(file), query: { ...wish }, timeoutMs: LONG_MS })),
  planBack: (number: number, signal?: AbortSignal) =>
    data(send<Plan>("GET", `/api/v1/releases/${number}/rollback`, { signal, timeoutMs: LONG_MS })),
  goBack: (number: number, wish: Wish) =>
    data(send<Plan & { release: number }>("POST", "/api/v1/packages/rollback", { query: { to: number, ...wish }, timeoutMs: LONG_MS })),
};
