/** The document of a flow and the changes that a designer makes to it; pure. Places go by uids: "/steps/a/branches/b/steps/c". */
import type { Body } from "@/render/builder/draftApi";
import { freeName, freshUid, type Words } from "@/render/builder/words";
import type { StepKind } from "./kindsApi";

export interface OnError {
  retry?: { times: number; first?: string; factor?: number; longest?: string };
  then?: "stop" | "continue" | { steps: Step[] };
}

export interface Step {
  uid: string;
  do: string;
  label?: Words;
  as?: string;
  when?: string;
  on_error?: OnError;
  [key: string]: unknown;
}

export interface Trigger {
  on: string;
  entity?: string;
  when?: string;
  [key: string]: unknown;
}

export interface FlowBody extends Body {
  label?: Words;
  trigger: Trigger;
  steps: Step[];
  variables?: { uid: string; name: string; type: string; label?: Words }[];
}

/** Steps inside a step. key: of the document; name: as runs tell it, "*" for the only one. when: of a branch. */
export interface Block {
  pointer: string;
  key: string;
  name: string;
  label?: Words;
  when?: string;
  isBranch: boolean;
  steps: Step[];
}

export const TRIGGER = "/trigger";
export const STEPS = "/steps";

type Tree = Record<string, unknown>;

const isObject = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);
const partsOf = (pointer: string) => pointer.split("/").slice(1);
const placeOf = (list: readonly unknown[], part: string) => {
  const found = list.findIndex((each) => isObject(each) && each.uid === part);
  return found < 0 && /^\d+$/.test(part) && Number(part) < list.length ? Number(part) : found;
};

/** What stands at a place; undefined when there is nothing. */
export function valueAt(body: unknown, pointer: string): unknown {
  return partsOf(pointer).reduce<unknown>((here, part) => {
    if (Array.isArray(here)) return here[placeOf(here, part)];
    return isObject(here) ? here[part] : undefined;
  }, body);
}

/** The body with another value at a place; undefined takes it away. Objects on the way are made. */
export function withValueAt<T>(body: T, pointer: string, value: unknown): T {
  return changedAt(body, partsOf(pointer), value) as T;
}

function changedAt(here: unknown, [part, ...rest]: string[], value: unknown): unknown {
  if (part === undefined) return value;
  if (Array.isArray(here)) {
    const at = placeOf(here, part);
    const next = changedAt(here[at], rest, value);
    return next === undefined ? here.filter((_, place) => place !== at) : here.map((each, place) => (place === at ? next : each));
  }
  const own = isObject(here) ? here : {};
  const next = changedAt(own[part], rest, value);
  if (next === undefined) return Object.fromEntries(Object.entries(own).filter(([key]) => key !== part));
  return { ...own, [part]: next };
}

interface Schema {
  type?: unknown;
  items?: { $ref?: string; properties?: Record<string, unknown> };
  properties?: Record<string, Schema>;
}

export const isStepList = (schema: unknown): boolean => ((schema ?? {}) as Schema).items?.$ref === "urn:tessera:schema:step";
export const isBranchList = (schema: unknown): boolean => isStepList(((schema ?? {}) as Schema).items?.properties?.steps);

/** The blocks of a step in their order, as its kind's schema has them; those for failures are not among them. */
export function blocksOf(step: Step, pointer: string, kind: StepKind | undefined): Block[] {
  return Object.entries(kind?.schema ?? {}).flatMap(([key, schema]): Block[] => {
    if (isStepList(schema)) {
      const steps = (step[key] as Step[] | undefined) ?? [];
      return [{ pointer: `${pointer}/${key}`, key, name: key === "steps" ? "*" : key, isBranch: false, steps }];
    }
    if (!isBranchList(schema)) return [];
    return ((step[key] as { uid: string; label?: Words; when?: string; steps?: Step[] }[] | undefined) ?? []).map((each) => ({
      pointer: `${pointer}/${key}/${each.uid}/steps`, key, name: each.uid, label: each.label, when: each.when, isBranch: true, steps: each.steps ?? [],
    }));
  });
}

/** The steps for when a step has failed, as a block. */
export function errorBlockOf(step: Step, pointer: string): Block | null {
  const then = step.on_error?.then;
  if (!isObject(then)) return null;
  return { pointer: `${pointer}/on_error/then/steps`, key: "on_error", name: "error", isBranch: false, steps: then.steps as Step[] };
}

/** Every step with its place, in reading order. */
export function stepsOf(body: FlowBody, kindOf: (name: string) => StepKind | undefined): { step: Step; pointer: string; path: string }[] {
  const walk = (steps: readonly Step[], pointer: string, path: string): { step: Step; pointer: string; path: string }[] =>
    steps.flatMap((step) => {
      const own = `${pointer}/${step.uid}`;
      const here = path + step.uid;
      const error = errorBlockOf(step, own);
      const inner = [...blocksOf(step, own, kindOf(step.do)), ...(error ? [error] : [])];
      return [{ step, pointer: own, path: here }, ...inner.flatMap((each) => walk(each.steps, each.pointer, `${here}.${each.name}/`))];
    });
  return walk(body.steps, STEPS, "");
}

/** Whether a path of a run ("check.yes/tell", rounds of loops in brackets) is the place of a card. */
export function isPath(card: string, taken: string): boolean {
  const mine = card.split("/");
  const theirs = taken.replaceAll(/\[[^\]]*\]/g, "").split("/");
  return mine.length === theirs.length && mine.every((part, place) => {
    const [uid, block] = part.split(".");
    const [otherUid, otherBlock] = (theirs[place] ?? "").split(".");
    return uid === otherUid && (block === otherBlock || block === "*");
  });
}

/** The step that a place is in or at, by uids: "" for one of the flow itself. Indexes are understood. */
export function stepAt(body: FlowBody, pointer: string): string {
  const parts = partsOf(pointer);
  if (parts[0] === "trigger") return TRIGGER;
  let found = "";
  let own = "";
  let here: unknown = body;
  for (const part of parts) {
    if (Array.isArray(here)) {
      here = here[placeOf(here, part)];
      own += `/${isObject(here) && typeof here.uid === "string" ? here.uid : part}`;
    } else {
      here = isObject(here) ? here[part] : undefined;
      own += `/${part}`;
    }
    if (isObject(here) && typeof here.do === "string") found = own;
  }
  return found;
}

export const blockOf = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf("/"));
export const uidOf = (pointer: string): string => pointer.slice(pointer.lastIndexOf("/") + 1);

/** The body with a step put into a block at a place. */
export function withStepIn(body: FlowBody, block: string, at: number, step: Step): FlowBody {
  const steps = [...((valueAt(body, block) as Step[] | undefined) ?? [])];
  steps.splice(at, 0, step);
  return withValueAt(body, block, steps);
}

export function withoutStep(body: FlowBody, pointer: string): FlowBody {
  return withValueAt(body, pointer, undefined);
}

/** The step moved one place up or down in its block. */
export function withStepMoved(body: FlowBody, pointer: string, way: -1 | 1): FlowBody {
  const steps = valueAt(body, blockOf(pointer)) as Step[];
  const at = steps.findIndex((each) => each.uid === uidOf(pointer));
  const to = at + way;
  if (at < 0 || to < 0 || to >= steps.length) return body;
  const next = [...steps];
  [next[at], next[to]] = [next[to]!, next[at]!];
  return withValueAt(body, blockOf(pointer), next);
}

/** The step taken to a place in a block, which is counted before it is taken away; null: into itself it cannot go. */
export function withStepTaken(body: FlowBody, pointer: string, block: string, at: number): { body: FlowBody; pointer: string } | null {
  if (block.startsWith(`${pointer}/`)) return null;
  const step = valueAt(body, pointer) as Step | undefined;
  if (!step) return null;
  const from = blockOf(pointer);
  const own = (valueAt(body, from) as Step[]).findIndex((each) => each.uid === step.uid);
  const place = from === block && own < at ? at - 1 : at;
  return { body: withStepIn(withoutStep(body, pointer), block, place, step), pointer: `${block}/${step.uid}` };
}

/** The same with identities of its own, inside too; names of results that are taken get a number. */
export function copyOf(step: Step, taken: readonly string[]): Step {
  const fresh = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fresh);
    if (!isObject(value)) return value;
    const made = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fresh(each)]));
    return typeof value.uid === "string" ? { ...made, uid: freshUid() } : made;
  };
  const made = fresh(step) as Step;
  return made.as ? { ...made, as: freeName(made.as, taken) } : made;
}

/** What a new step of a kind begins with, besides what its designer asks for. */
export function newStep(kind: StepKind): Step {
  const base: Step = { uid: freshUid(), do: kind.name };
  const branch = () => ({ uid: freshUid(), steps: [] });
  const starts: Record<string, () => Record<string, unknown>> = {
    decide: () => ({ branches: [{ ...branch(), when: "TRUE" }] }),
    parallel: () => ({ branches: [branch(), branch()] }),
    wait: () => ({ for: "1d" }),
    for_each: () => ({ steps: [] }),
    compensate: () => ({ steps: [] }),
    call_http: () => ({ method: "POST" }),
    approve: () => ({ nodes: [{ uid: freshUid(), approvers: [{ uid: freshUid(), requester: true }] }] }),
  };
  return { ...base, ...starts[kind.name]?.() };
}

/** A new branch of a step, put before nothing: "otherwise" stays the last one. */
export function withBranch(step: Step, key: string): Step {
  const branch = { uid: freshUid(), ...(step.do === "decide" && { when: "TRUE" }), steps: [] };
  return { ...step, [key]: [...((step[key] as unknown[] | undefined) ?? []), branch] };
}

/** The names of results that steps of the flow have. */
export function namesTaken(body: FlowBody, kindOf: (name: string) => StepKind | undefined): string[] {
  return stepsOf(body, kindOf).flatMap(({ step }) => (step.as ? [step.as] : []));
}
