/** How a run went, card by card. */
import type { TFunction } from "i18next";
import type { Run, Step as Taken } from "@/render/runs/runsApi";
import { STATES, tookText } from "@/render/runs/states";
import type { Mark } from "./CanvasContext";
import { blocksOf, isPath, stepsOf, TRIGGER, type FlowBody } from "./flowModel";
import type { Kinds } from "./kindsApi";

/** What a run did at a card: the last round of a loop speaks for all. */
export function takenAt(run: Run, path: string): Taken[] {
  return run.steps_taken.filter((each) => isPath(path, each.path));
}

/** Marks by the places of cards and of the branches that were taken. */
export function marksOf(body: FlowBody, kinds: Kinds, run: Run, t: TFunction): Map<string, Mark> {
  const marks = new Map<string, Mark>([[TRIGGER, { state: "done", tone: "ok", text: t("runs.state_done") }]]);
  for (const { step, pointer, path } of stepsOf(body, kinds.step)) {
    const taken = takenAt(run, path);
    const last = taken.at(-1);
    if (!last) {
      marks.set(pointer, { state: "untaken", tone: "neu", text: t("flows.untaken") });
      continue;
    }
    const rounds = taken.length > 1 ? t("flows.rounds", { count: taken.length }) : "";
    const tries = last.attempts > 1 ? t("runs.attempts", { count: last.attempts }) : "";
    const extra = rounds || tries || tookText(t, last.started_at, last.ended_at);
    marks.set(pointer, { state: last.state, tone: STATES[last.state].tone, text: t(`runs.state_${last.state}`), extra });
    const branch = branchOf(last);
    for (const block of blocksOf(step, pointer, kinds.step(step.do))) {
      if (block.name === branch) marks.set(block.pointer, { state: "taken", tone: "ok", text: t("flows.taken") });
    }
  }
  return marks;
}

function branchOf(taken: Taken): string {
  const note = taken.note as { branch?: unknown } | null;
  return typeof note?.branch === "string" ? note.branch : "";
}
