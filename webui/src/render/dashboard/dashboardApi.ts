/** Dashboards over the API: what they are, and their figures. */
import { send } from "@/lib/api";
import type { Json, Label } from "@/lib/wire";

export interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

export type BlockKind = "number" | "line" | "bar" | "pie" | "table" | "funnel" | "heat";

export interface Block {
  uid: string;
  kind: BlockKind;
  label: Label;
  look: "" | "plain" | "stacked" | "area" | "horizontal" | "ranking" | "strip" | "tiles" | "stream";
  help: Label | null;
  icon: string;
  at: Place | null;
  wall: Place | null;
}

export interface DashboardFilter {
  name: string;
  label: Label;
  kind: "period" | "choice";
  default: Json;
  compare?: string;
}

export interface Dashboard {
  name: string;
  label: Label;
  icon: string;
  zone: string;
  is_home: boolean;
  refresh_s: number | null;
  filters: DashboardFilter[];
  blocks: Block[];
}

export interface Column {
  name: string;
  label: Label;
  role: "group" | "measure" | "figure" | "column";
  type: string;
  bucket?: string;
  /** Titles of the values of a group. */
  labels?: Record<string, string | Label>;
  entity?: string;
  format?: "number" | "money" | "percent";
  scale?: number | null;
  currency?: string;
  unit?: Label;
  /** Whether each row has the sum up to its end: a line, also where the others are bars. */
  is_running?: boolean;
  /** Whether more is good ("up") or less is. */
  good?: "up" | "down" | "";
}

export type Cell = string | number | boolean | null;

export interface BlockData {
  columns: Column[];
  rows: Cell[][];
  rest: number;
  row_filters: (string | null)[] | null;
  drill: { view: string | null; entity: string; filter: string } | null;
  previous: (Cell[] | null)[] | null;
  trend: Cell[][] | null;
  is_cut: boolean;
}

export type Period = string | { from: string; to: string };
export type Asked = Record<string, Period | string[] | undefined>;

export interface DashboardData {
  at: string;
  zone: string;
  period: { from: string; to: string } | null;
  compared: { from: string; to: string } | null;
  blocks: Record<string, BlockData | { problem: { code: string; message: string } }>;
}

export const dashboardKeys = {
  all: ["dashboards"] as const,
  one: (name: string) => ["dashboards", name] as const,
  data: (name: string, asked: unknown) => ["dashboards", name, "data", asked] as const,
  values: (name: string, filter: string) => ["dashboards", name, "values", filter] as const,
};

const at = (name: string, path = ""): string => `/api/v1/dashboards/${encodeURIComponent(name)}${path}`;

export const dashboardApi = {
  async list(signal?: AbortSignal) {
    type Listed = Pick<Dashboard, "name" | "label" | "icon" | "is_home">;
    return (await send<{ data: Listed[] }>("GET", "/api/v1/dashboards", { signal })).data.data;
  },
  async get(name: string, signal?: AbortSignal): Promise<Dashboard> {
    return (await send<Dashboard>("GET", at(name), { signal })).data;
  },
  async data(name: string, body: { filters: Asked; compare?: string }, signal?: AbortSignal): Promise<DashboardData> {
    return (await send<DashboardData>("POST", at(name, "/data"), { body, signal, timeoutMs: 60_000 })).data;
  },
  async values(name: string, filter: string, signal?: AbortSignal) {
    type Found = { data: { value: string; label: string | Label; records: number }[] };
    return (await send<Found>("GET", at(name, `/filters/${encodeURIComponent(filter)}`), { signal })).data.data;
  },
};
