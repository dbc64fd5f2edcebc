/** The kinds of documents in the order in which a designer thinks of them. */
import {
  BookText, ChartColumn, ClipboardList, Database, FileText, FlaskConical, type LucideIcon, Mail, Menu, Network, Package,
  Rows3, Scale, ShieldCheck, Table2, Timer, Upload, Wallet, Workflow,
} from "lucide-react";

export const KINDS = [
  { name: "entity", icon: Database },
  { name: "form", icon: ClipboardList },
  { name: "view", icon: Rows3 },
  { name: "dashboard", icon: ChartColumn },
  { name: "ruleset", icon: Scale },
  { name: "table", icon: Table2 },
  { name: "timeline", icon: Timer },
  { name: "ledger", icon: Wallet },
  { name: "flow", icon: Workflow },
  { name: "message", icon: Mail },
  { name: "organisation", icon: Network },
  { name: "mapping", icon: Upload },
  { name: "menu", icon: Menu },
  { name: "role", icon: ShieldCheck },
  { name: "scenario", icon: FlaskConical },
  { name: "package", icon: Package },
  { name: "overlay", icon: FileText },
] as const satisfies readonly { name: string; icon: LucideIcon }[];

export type KindName = (typeof KINDS)[number]["name"];

export const otherIcon = BookText;

/** What a new document of a kind begins with, besides uid, name and label. null: it is made elsewhere. */
export function blankBody(kind: KindName): Record<string, unknown> | null {
  switch (kind) {
    case "entity":
      return { fields: [{ uid: "title", name: "title", label: { zh: "名称", en: "Name" }, type: "text" }], title: "title" };
    case "table":
      return { columns: [{ uid: "code", name: "code", label: { zh: "编码", en: "Code" }, type: "text" }], rows: [{ uid: "first", values: {} }] };
    case "flow":
      return { trigger: { on: "manual" }, steps: [{ uid: "end", do: "stop" }] };
    case "menu":
      return { items: [] };
    case "role":
      return { grants: [] };
    default:
      return null;
  }
}
