/** What a step does, in a line of words. */
import type { TFunction } from "i18next";
import { labelText } from "@/lib/i18n";
import { textOf } from "@/render/builder/words";
import { nameOfDocument, type Designer } from "./designer";
import type { Step } from "./flowModel";

type Says = (step: Step, designer: Designer, t: TFunction) => string;

const keysOf = (value: unknown): string => (typeof value === "object" && value !== null ? Object.keys(value).join(", ") : "");
const count = (value: unknown): number => (Array.isArray(value) ? value.length : 0);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const entity = (step: Step, designer: Designer) => nameOfDocument(designer, "entity", step.entity ?? designer.body.trigger.entity);
const ledger = (step: Step, designer: Designer) => nameOfDocument(designer, "ledger", step.ledger);

export function durationText(value: unknown, t: TFunction): string {
  const [, amount = "", unit = ""] = /^(\d+)([smhdw])$/.exec(text(value)) ?? [];
  return unit ? t(`flows.unit.${unit as "s"}`, { count: Number(amount) }) : text(value);
}

const SAYS: Record<string, Says> = {
  create_record: (step, designer, t) => t("flows.says.create_record", { entity: nameOfDocument(designer, "entity", step.entity), fields: keysOf(step.values) }),
  update_record: (step, _, t) => t("flows.says.update_record", { record: text(step.record) || "record", fields: keysOf(step.values) }),
  delete_record: (step, _, t) => t("flows.says.delete_record", { record: text(step.record) || "record" }),
  find_records: (step, designer, t) => (step.where ? t("flows.says.find_where", { entity: entity(step, designer), where: text(step.where) }) : t("flows.says.find_all", { entity: entity(step, designer) })),
  for_each: (step, _, t) => t("flows.says.for_each", { list: text(step.in) }),
  decide: (step, _, t) => t("flows.says.decide", { count: count(step.branches) }),
  decide_table: (step, designer, t) => t("flows.says.decide_table", { table: nameOfDocument(designer, "table", step.table), where: text(step.where) }),
  parallel: (step, _, t) => t("flows.says.parallel", { count: count(step.branches) }),
  wait: (step, _, t) => {
    if (step.for) return durationText(step.for, t);
    if (step.until) return t("flows.says.wait_until", { until: text(step.until) });
    return step.at_most ? t("flows.says.wait_event_most", { time: durationText(step.at_most, t) }) : t("flows.says.wait_event");
  },
  approve: (step, _, t) => [t("flows.says.approve", { count: count(step.nodes) }), ...((step.nodes as { label?: string }[] | undefined) ?? []).map((each) => textOf(each.label)).filter(Boolean)].join(" · "),
  send_message: (step, designer, t) => (step.to || step.group ? t("flows.says.send_to", { message: nameOfDocument(designer, "message", step.message), to: text(step.to) || text(step.group) }) : nameOfDocument(designer, "message", step.message)),
  call_http: (step) => `${text(step.method) || "GET"} ${text(step.url)}`,
  call_flow: (step, designer) => nameOfDocument(designer, "flow", step.flow),
  run_ruleset: (step, designer) => nameOfDocument(designer, "ruleset", step.ruleset),
  set: (step) => keysOf(step.values),
  stop: (step) => text(step.reason),
  fail: (step) => text(step.message),
  post: (step, designer, t) => t("flows.says.post", { ledger: ledger(step, designer), amount: text(step.amount) }),
  hold: (step, designer, t) => t("flows.says.hold", { ledger: ledger(step, designer), amount: text(step.amount) }),
  transfer: (step, designer, t) => t("flows.says.transfer", { ledger: ledger(step, designer), to: text(step.to) }),
  record_fact: (step) => text(step.fact),
};

/** The line below a step's name; of a kind without words of its own what its main settings hold. */
export function summaryOf(step: Step, designer: Designer, t: TFunction): string {
  const kind = designer.kinds.step(step.do);
  const said = SAYS[step.do]?.(step, designer, t);
  if (said) return said;
  const [main = ""] = kind?.required ?? [];
  return text(step[main]) || (kind ? labelText(kind.help) : "");
}

/** How a step is called: its label, else its kind's. */
export function stepName(step: Step, designer: Designer): string {
  const kind = designer.kinds.step(step.do);
  return textOf(step.label, kind ? labelText(kind.label) : step.do);
}

/** What happens when the step fails, where it is not the usual thing; "" otherwise. */
export function failureText(step: Step, t: TFunction): string {
  const { retry, then } = step.on_error ?? {};
  const parts = [];
  if (retry?.times) parts.push(t("flows.says.retry", { count: retry.times }));
  if (then === "continue") parts.push(t("flows.says.continue"));
  return parts.join(" · ");
}
