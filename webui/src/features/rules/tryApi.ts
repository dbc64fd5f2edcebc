/** What the server makes of a document under the rules in force and under the draft's. */
import { send } from "@/lib/api";
import type { Json } from "@/lib/wire";
import type { TracedStep } from "@/render/ledger/ledgerApi";

export interface Trial {
  ruleset: string;
  steps: TracedStep[];
  values: Record<string, Json>;
  figures: Record<string, { balance: string; debt: string }>;
  error: { code: string; message: string; hint?: string } | null;
}

export interface Tried {
  entity: string;
  record: number;
  at: string;
  live: Trial;
  draft: Trial;
}

export async function tryRules(draft: number, body: { entity: string; record: number; at?: string }, signal?: AbortSignal): Promise<Tried> {
  return (await send<Tried>("POST", `/api/v1/drafts/${draft}/preview/rules`, { body, signal })).data;
}

export async function saveScenario(draft: number, body: { entity: string; record: number; name: string; label: string }): Promise<void> {
  await send("POST", `/api/v1/drafts/${draft}/preview/scenario`, { body });
}
