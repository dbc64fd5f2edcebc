/** Icons and tones of the kinds; those that are not listed (plugins') take their category's. */
import {
  ArrowLeftRight, Bell, Boxes, CalendarClock, CirclePause, CircleStop, CircleX, Clock, Coins, FilePen, FilePlus, FileX, Flag, GitBranch,
  GitFork, Globe, Hand, HandCoins, type LucideIcon, MousePointerClick, Play, Repeat, Scale, Search, Send, Sheet, Sigma, Split, Undo2,
  UserCheck, Variable, Webhook, Workflow, Zap,
} from "lucide-react";
import type { Tone } from "@/ui/tone";

const STEPS: Record<string, LucideIcon> = {
  approve: UserCheck, call_flow: Workflow, call_http: Globe, compensate: Undo2, create_record: FilePlus, decide: GitBranch, decide_table: Sheet,
  delete_record: FileX, fail: CircleX, find_records: Search, for_each: Repeat, hold: CirclePause, parallel: GitFork, post: Coins,
  record_fact: Flag, release: HandCoins, reverse: Undo2, run_ruleset: Scale, send_message: Send, set: Variable, stop: CircleStop,
  transfer: ArrowLeftRight, update_record: FilePen, use_hold: HandCoins, wait: Clock,
};
const CATEGORIES: Record<string, { icon: LucideIcon; tone: Tone }> = {
  records: { icon: Boxes, tone: "teal" }, control: { icon: Split, tone: "vio" }, time: { icon: Clock, tone: "warn" },
  ledgers: { icon: Coins, tone: "ok" }, people: { icon: Bell, tone: "pri" }, outside: { icon: Globe, tone: "neu" },
};
const TRIGGERS: Record<string, LucideIcon> = {
  button: MousePointerClick, call: Workflow, manual: Hand, "webhook.received": Webhook, schedule: CalendarClock, formula_true: Sigma,
};

export function stepIcon(name: string, category: string): LucideIcon {
  return STEPS[name] ?? CATEGORIES[category]?.icon ?? Play;
}

export const toneOf = (category: string): Tone => CATEGORIES[category]?.tone ?? "neu";
export const triggerIcon = (name: string): LucideIcon => TRIGGERS[name] ?? Zap;
