/** A plan as people read it: counted, grouped by document, and what it wants them to agree to. */
import { currentLanguage } from "@/lib/i18n";
import type { Label } from "@/lib/wire";
import type { Tone } from "@/ui/tone";
import type { Change, Plan } from "./packagesApi";

export type Kind = "added" | "changed" | "renamed" | "removed";

export const TONES: Record<Kind, Tone> = { added: "ok", changed: "pri", renamed: "vio", removed: "err" };

export const kindOf = (change: Pick<Change, "action">): Kind =>
  ({ add: "added", remove: "removed", rename: "renamed" } as const)[change.action] ?? "changed";

export interface Group {
  key: string;
  package: string;
  kind: string;
  title: string;
  mark: Kind;
  changes: Change[];
  rows: number;
}

export const titleOf = (label: Label | string | null | undefined, otherwise: string): string => {
  if (!label) return otherwise;
  if (typeof label === "string") return label;
  return (currentLanguage() === "en" ? label.en || label.zh : label.zh || label.en) || otherwise;
};

/** The changes by the document that they stand in, in the order of the plan. A document that comes or goes as a whole says so. */
export function groupsOf(changes: readonly Change[]): Group[] {
  const found = new Map<string, Group>();
  for (const change of changes) {
    const key = change.of?.key ?? change.key;
    let group = found.get(key);
    if (!group) {
      const of = change.of;
      group = { key, package: of?.package ?? "", kind: of?.kind ?? change.kind, title: titleOf(of?.label, of?.name ?? change.key), mark: "changed", changes: [], rows: 0 };
      found.set(key, group);
    }
    group.changes.push(change);
    group.rows = Math.max(group.rows, change.rows ?? 0);
    if (change.key === key && change.kind !== "field") group.mark = kindOf(change);
  }
  return [...found.values()];
}

export function countsOf(changes: readonly Change[]): Record<Kind, number> {
  const counts = { added: 0, changed: 0, renamed: 0, removed: 0 };
  for (const change of changes) counts[kindOf(change)] += 1;
  return counts;
}

/** What must be agreed to: changes that hide or alter values which are there. */
export const risksOf = (plan: Plan): Change[] =>
  plan.changes.filter((change) => (change.rows ?? 0) > 0 && (change.risk === "hides_data" || change.risk === "loses_precision"));

/** What is typed to agree to the removal of values: the name as it stands in the metadata. */
export function nameOf(change: Change): string {
  const body = change.before;
  if (body && typeof body === "object" && !Array.isArray(body)) {
    const name = body.name ?? body.value;
    if (typeof name === "string") return name;
  }
  return change.kind === "entity" ? (change.of?.name ?? change.key) : change.key.split(/[.:]/).at(-1)!;
}

export interface Cost {
  /** The most records that one of its changes touches, summed over documents. */
  rows: number;
  /** Whether something goes on in the background afterwards. */
  isLater: boolean;
}

export function costOf(plan: Plan): Cost {
  const rows = groupsOf(plan.changes).reduce((sum, group) => sum + group.rows, 0);
  const isLater = plan.changes.some((change) => change.risk === "rebuild" && (change.rows ?? 0) > plan.inline_rows);
  return { rows, isLater };
}

/** The plan as Markdown, to be sent around before it is agreed to. */
export function markdownOf(plan: Plan, title: string, words: (change: Change) => string): string {
  const lines = groupsOf(plan.changes).flatMap((group) => [
    "", `## ${group.title} (${group.kind})`, "",
    ...group.changes.map((change) => `- ${words(change)}${change.rows ? ` (${change.rows})` : ""}${change.risk === "safe" ? "" : ` **${change.risk}**`}`),
  ]);
  return [`# ${title}`, ...lines, ""].join("\n");
}
