/** Requests as a program would send them, on entities of one's own. */
import type { AppEntity, AppField } from "@/lib/wire";

export const VERBS = ["list", "filter", "get", "create_record", "update"] as const;
export type Verb = (typeof VERBS)[number];

export interface Example {
  method: "GET" | "POST" | "PATCH";
  path: string;
  body?: Record<string, unknown>;
}

const SAMPLES: Record<string, unknown> = {
  text: "…", long_text: "…", integer: 1, decimal: "1.00", money: "1.00", percent: "0.1", boolean: true, date: "2026-01-31",
  datetime: "2026-01-31T08:00:00Z", time: "08:00", email: "a@example.com", url: "https://example.com",
};

const writable = (field: AppField): boolean => !field.read_only && field.type in SAMPLES;

/** Values for a body: what is required first, three fields at most. */
function sampleOf(entity: AppEntity): Record<string, unknown> {
  const fields = entity.fields.filter(writable).sort((one, other) => Number(other.required) - Number(one.required));
  return Object.fromEntries(fields.slice(0, 3).map((field) => [field.name, SAMPLES[field.type]]));
}

/** key: of a record that is there, or a place for one. */
export function exampleOf(entity: AppEntity, verb: Verb, key: string): Example {
  const path = `/api/v1/${entity.name}`;
  const first = entity.business_key[0] ?? (entity.title || "id");
  switch (verb) {
    case "list": return { method: "GET", path: `${path}?limit=5` };
    case "filter": return { method: "GET", path: `${path}?filter=${encodeURIComponent(`NOT ISBLANK(${first})`)}&sort=-id&limit=5` };
    case "get": return { method: "GET", path: `${path}/${key}` };
    case "create_record": return { method: "POST", path, body: sampleOf(entity) };
    case "update": return { method: "PATCH", path: `${path}/${key}`, body: Object.fromEntries(Object.entries(sampleOf(entity)).slice(0, 1)) };
  }
}

/** The request as a curl command that can be pasted into a shell. */
export function curlOf(origin: string, example: Example): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = [`curl ${example.method === "GET" ? "" : `-X ${example.method} `}${quoted(origin + example.path)}`, "-H 'Authorization: Bearer tsk_…'"];
  if (example.body) parts.push("-H 'Content-Type: application/json'", "-H \"Idempotency-Key: $(uuidgen)\"", `-d ${quoted(JSON.stringify(example.body))}`);
  return parts.join(" \\\n  ");
}
