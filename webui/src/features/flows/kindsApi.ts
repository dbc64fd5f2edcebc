/** What the server says about flows beside their documents: kinds of triggers and steps, and what a trial gives. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { send } from "@/lib/api";
import type { Json, Label } from "@/lib/wire";
import { told, type Run } from "@/render/runs/runsApi";
import type { FlowBody } from "./flowModel";

/** The JSON Schema of one setting, as far as a form is made of it. */
export interface Schema {
  type?: string | string[];
  enum?: string[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  description?: string;
  $ref?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  oneOf?: Schema[];
  discriminator?: { keys?: Record<string, Schema> };
}

interface Kind {
  name: string;
  label: Label;
  help: Label;
  schema: Record<string, Schema>;
  required: string[];
  example: Record<string, Json>;
}

export interface StepKind extends Kind {
  category: string;
  is_outside: boolean;
}

export interface TriggerKind extends Kind {
  has_record: boolean;
  takes_input: boolean;
  is_event: boolean;
}

interface Answer {
  categories: { name: string; label: Label }[];
  steps: StepKind[];
  triggers: TriggerKind[];
}

export interface Kinds extends Answer {
  step: (name: string) => StepKind | undefined;
  trigger: (name: string) => TriggerKind | undefined;
}

/** Every kind there is, plugins' too; null until they are known. */
export function useKinds() {
  const query = useQuery({
    queryKey: ["flows", "kinds"],
    queryFn: async ({ signal }) => (await send<Answer>("GET", "/api/v1/flows/kinds", { signal })).data,
    staleTime: Infinity,
  });
  const kinds = useMemo<Kinds | null>(() => {
    if (!query.data) return null;
    const steps = new Map(query.data.steps.map((each) => [each.name, each]));
    const triggers = new Map(query.data.triggers.map((each) => [each.name, each]));
    return { ...query.data, step: (name) => steps.get(name), trigger: (name) => triggers.get(name) };
  }, [query.data]);
  return { kinds, error: query.error, reload: () => void query.refetch() };
}

/** The schema of the flow document itself, for its own settings. */
export function useFlowSchema(): Record<string, Schema> {
  const { data } = useQuery({
    queryKey: ["schemas", "flow"],
    queryFn: async ({ signal }) => (await send<{ properties: Record<string, Schema> }>("GET", "/api/v1/schemas/flow", { signal })).data.properties,
    staleTime: Infinity,
  });
  return data ?? {};
}

export interface TrialCall {
  step: string;
  do: string;
  request: Json;
  key: string;
}

export interface Trial {
  run: Run;
  calls: TrialCall[];
  begins: string[];
  ended_at: string;
  messages?: Json[];
}

export interface TrialRequest {
  record?: string | number;
  input?: Record<string, unknown>;
  answers?: Record<string, unknown>;
  run?: number;
}

/** Run the draft to its end in a transaction that is undone. packageName: which the document belongs to. */
export async function tryFlow(body: FlowBody, packageName: string, request: TrialRequest): Promise<Trial> {
  const document = { ...body, package: packageName };
  const { data } = await send<Trial>("POST", `/api/v1/flows/${body.name}/try`, { body: { ...request, document }, timeoutMs: 60_000 });
  return { ...data, run: told(data.run) };
}
