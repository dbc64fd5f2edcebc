/** Ledgers of a holder over the API: figures, movements, and the proof of each. */
import { send } from "@/lib/api";
import type { Json, Label } from "@/lib/wire";

export interface Ledger {
  name: string;
  label: Label;
  /** Entity whose records hold the accounts. */
  per: string;
  scale: number;
}

export interface Account {
  balance: string;
  available: string;
  pending: string;
  held?: string;
  debt: string;
  expiring?: string;
  totals: Record<string, string>;
}

export interface Movement {
  id: number;
  move: string;
  name: string;
  /** In smallest units. */
  amount: number;
  effect: number;
  business_at: string;
  business_on: string;
  posted_at: string;
  release: number;
  corrects: number | null;
  kind: string;
  entity: string | null;
  document_id: number | null;
  label: Label | null;
}

export interface TracedRow {
  uid: string;
  zh: string;
  en: string;
  applies: boolean;
  why?: "off" | "day" | "audience" | "condition";
  value?: Json;
  values?: (Json | null)[];
  reads: Record<string, Json>;
}

export interface TracedStep {
  uid: string;
  round: string;
  kind: string;
  name?: string;
  label?: Label;
  value?: Json;
  values?: Json[];
  reads: Record<string, Json>;
  rows?: TracedRow[];
  rounded?: { by: string; from: string };
}

export interface Proof {
  at: string;
  release: number;
  ruleset: string;
  steps: TracedStep[];
  agrees: boolean;
  error: { message: string } | null;
}

export const ledgerKeys = {
  all: ["ledgers"] as const,
  account: (ledger: string, holder: string) => ["ledgers", ledger, "account", holder] as const,
  movements: (ledger: string, holder: string) => ["ledgers", ledger, "movements", holder] as const,
  proof: (movement: number) => ["ledgers", "proof", movement] as const,
};

export const ledgerApi = {
  async list(signal?: AbortSignal): Promise<Ledger[]> {
    return (await send<{ data: Ledger[] }>("GET", "/api/v1/ledgers", { signal })).data.data;
  },
  async account(ledger: string, holder: string, signal?: AbortSignal): Promise<Account> {
    return (await send<Account>("GET", "/api/v1/accounts", { query: { ledger, holder }, signal })).data;
  },
  async movements(ledger: string, holder: string, before: string | undefined, signal?: AbortSignal) {
    type Page = { data: Movement[]; next: string | null };
    return (await send<Page>("GET", "/api/v1/movements", { query: { ledger, holder, before, limit: 50 }, signal })).data;
  },
  async proof(movement: number, signal?: AbortSignal): Promise<Proof> {
    return (await send<Proof>("GET", `/api/v1/movements/${movement}/proof`, { signal })).data;
  },
};

/** Smallest units as the ledger shows them. */
export function unitsText(units: number, scale: number): string {
  if (scale === 0) return String(units);
  const text = String(Math.abs(units)).padStart(scale + 1, "0");
  return `${units < 0 ? "-" : ""}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}
