import { CircleAlert, CircleCheck, CircleDashed, CircleSlash, CircleX, Clock, Eye, ListEnd, LoaderCircle, type LucideIcon } from "lucide-react";
import type { TFunction } from "i18next";
import type { Label } from "@/lib/wire";
import { labelText } from "@/lib/i18n";
import type { Tone } from "@/ui/tone";
import type { RunState, StepState } from "./runsApi";

/** A state is never told by its colour alone: icon, colour and word. */
export const STATES: Record<RunState | StepState, { icon: LucideIcon; tone: Tone }> = {
  queued: { icon: ListEnd, tone: "neu" },
  ready: { icon: LoaderCircle, tone: "pri" },
  running: { icon: LoaderCircle, tone: "pri" },
  started: { icon: LoaderCircle, tone: "pri" },
  waiting: { icon: Clock, tone: "warn" },
  failing: { icon: CircleAlert, tone: "warn" },
  review: { icon: Eye, tone: "warn" },
  failed: { icon: CircleX, tone: "err" },
  done: { icon: CircleCheck, tone: "ok" },
  skipped: { icon: CircleDashed, tone: "neu" },
  cancelled: { icon: CircleSlash, tone: "neu" },
};

/** A span between two instants in its largest unit: "0.1 s", "26 min". */
export function tookText(t: TFunction, from: string | null, to: string | null): string {
  if (!from || !to) return "";
  const ms = Math.max(0, Date.parse(to) - Date.parse(from));
  if (ms < 1_000) return t("runs.ms", { n: ms });
  if (ms < 60_000) return t("runs.s", { n: (ms / 1_000).toFixed(1) });
  if (ms < 3_600_000) return t("runs.min", { n: Math.floor(ms / 60_000) });
  return ms < 172_800_000 ? t("runs.h", { n: Math.floor(ms / 3_600_000) }) : t("runs.d", { n: Math.floor(ms / 86_400_000) });
}

/** A label that may be empty, else what stands for it. */
export const nameOf = (label: Partial<Label>, otherwise: string): string =>
  labelText({ zh: label.zh ?? "", en: label.en ?? "" }) || otherwise;
