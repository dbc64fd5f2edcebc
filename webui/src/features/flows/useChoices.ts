import { textOf } from "@/render/builder/words";
import { documentsOf, useDesigner, type Choice } from "./designer";
import { stepAt, valueAt, type Step } from "./flowModel";
import type { Schema } from "./kindsApi";
import { choicesOf, useBody, WORKED_OUT, writable, type Part } from "./useBody";

/** Settings that name a document, with its kind. */
const DOCUMENTS: Record<string, string> = {
  entity: "entity", ledger: "ledger", table: "table", ruleset: "ruleset", message: "message", flow: "flow", timeline: "timeline",
  organisation: "organisation", role: "role", roles: "role", of: "entity",
};

/** The entity that fields are named of at a place: a step's own, else that of the trigger's record. */
export function useEntityAt(pointer: string) {
  const designer = useDesigner();
  const step = valueAt(designer.body, stepAt(designer.body, pointer)) as Partial<Step> | undefined;
  const own = typeof step?.entity === "string" ? step.entity : "";
  return useBody(designer, "entity", own || designer.body.trigger.entity);
}

/** What can be chosen for a setting that names something; null when it is written freely. */
export function useChoices(name: string, pointer: string, schema: Schema): Choice[] | null {
  const designer = useDesigner();
  const step = (valueAt(designer.body, stepAt(designer.body, pointer)) ?? {}) as Partial<Step>;
  const entity = useEntityAt(pointer);
  const source = (valueAt(designer.body, pointer.slice(0, pointer.lastIndexOf("/"))) ?? {}) as Record<string, unknown>;
  const timeline = useBody(designer, "timeline", step.timeline);
  const table = useBody(designer, "table", source.table);
  const kind = DOCUMENTS[name];
  if (schema.enum || schema.items?.enum) return null;
  if (kind && (schema.$ref || schema.items)) return documentsOf(designer, kind);
  const fields = entity?.fields ?? [];
  switch (name) {
    case "changed":
      return choicesOf(fields.filter((each) => !WORKED_OUT.includes(each.type ?? "") || each.type === "formula"));
    case "by":
    case "field":
      return choicesOf(fields);
    case "states":
      return statesOf(fields, entity?.states?.field);
    case "fact":
      return choicesOf(timeline?.facts);
    case "column":
      return choicesOf(table?.columns);
    default:
      return null;
  }
}

function statesOf(fields: readonly Part[], name: string | undefined): Choice[] {
  const field = fields.find((each) => each.name === name);
  return (field?.options ?? []).map((each) => ({ value: each.value, label: textOf(each.label, each.value) }));
}

/** The names that values of a step can be given to; null when any name will do. */
export function useTargets(pointer: string): Part[] | null {
  const designer = useDesigner();
  const at = stepAt(designer.body, pointer);
  const step = (valueAt(designer.body, at) ?? {}) as Partial<Step>;
  const entity = useEntityAt(pointer);
  const message = useBody(designer, "message", step.message);
  const flow = useBody(designer, "flow", step.flow);
  const timeline = useBody(designer, "timeline", step.timeline);
  const inside = pointer.slice(at.length).split("/").slice(1);
  if (inside[0] === "input") return flow?.trigger?.input ?? [];
  if (inside[0] !== "values") return null;
  if (inside.length > 1) return entity?.fields?.find((each) => each.name === inside[1])?.fields ?? [];
  if (step.do === "set") return designer.body.variables ?? [];
  if (step.message !== undefined) return message?.values ?? [];
  if (step.fact !== undefined) return timeline?.facts?.find((each) => each.name === step.fact)?.fields ?? [];
  return step.do === "create_record" || step.do === "update_record" ? writable(entity?.fields) : null;
}
