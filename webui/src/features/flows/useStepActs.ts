import { useMemo, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { readJson, writeJson } from "@/lib/memory";
import { toasts } from "@/ui/toasts";
import type { CanvasActs } from "./CanvasContext";
import type { Designer } from "./designer";
import {
  blockOf, copyOf, namesTaken, newStep, TRIGGER, uidOf, valueAt, withBranch, withoutStep, withStepIn, withStepMoved, withStepTaken, withValueAt, type Step,
} from "./flowModel";
import { stepName } from "./summaries";
import type { StepActs } from "./StepPanel";

/** Copied steps are kept in this browser, so that they can be put into another flow. */
const CLIPBOARD = "flow.step";

/** What can be done with steps, by mouse and by keys; each is one named step to undo. */
export function useStepActs(designer: Designer | null, select: (pointer: string) => void, focus: (pointer: string) => void) {
  const { t } = useTranslation();
  return useMemo(() => {
    if (!designer) return null;
    const { body, kinds, change } = designer;
    const named = (pointer: string) => {
      const step = valueAt(body, pointer) as Step | undefined;
      return step ? stepName(step, designer) : "";
    };
    const placeOf = (pointer: string) => (valueAt(body, blockOf(pointer)) as Step[]).findIndex((each) => each.uid === uidOf(pointer));
    const go = (pointer: string) => {
      select(pointer);
      focus(pointer);
    };
    const acts: StepActs = {
      move: (pointer, way) => {
        change(withStepMoved(body, pointer, way), t("flows.did.move", { name: named(pointer) }));
        focus(pointer);
      },
      copy: (pointer) => {
        const made = copyOf(valueAt(body, pointer) as Step, namesTaken(body, kinds.step));
        change(withStepIn(body, blockOf(pointer), placeOf(pointer) + 1, made), t("flows.did.copy", { name: named(pointer) }));
        go(`${blockOf(pointer)}/${made.uid}`);
      },
      remove: (pointer) => {
        const siblings = valueAt(body, blockOf(pointer)) as Step[];
        const next = siblings[placeOf(pointer) + 1] ?? siblings[placeOf(pointer) - 1];
        const name = named(pointer);
        change(withoutStep(body, pointer), t("flows.did.remove", { name }));
        go(next ? `${blockOf(pointer)}/${next.uid}` : TRIGGER);
        toasts.show(t("flows.removed", { name }));
      },
    };
    const put = (block: string, at: number, step: Step, did: string) => {
      change(withStepIn(body, block, at, step), did);
      go(`${block}/${step.uid}`);
    };
    const paste = (block: string, at: number) => {
      const kept = readJson<Step | null>(CLIPBOARD, null);
      if (!kept || !kinds.step(kept.do)) return;
      const made = copyOf(kept, namesTaken(body, kinds.step));
      put(block, at, made, t("flows.did.paste", { name: stepName(made, designer) }));
    };
    const edit: CanvasActs["edit"] = {
      add: (block, at, name) => {
        const kind = kinds.step(name);
        if (!kind) return;
        const made = newStep(kind);
        put(block, at, made, t("flows.did.add", { name: stepName(made, designer) }));
      },
      addBranch: (pointer, key) => change(withValueAt(body, pointer, withBranch(valueAt(body, pointer) as Step, key)), t("flows.did.branch", { name: named(pointer) })),
      take: (pointer, block, at) => {
        const taken = withStepTaken(body, pointer, block, at);
        if (!taken) return;
        change(taken.body, t("flows.did.move", { name: named(pointer) }));
        go(taken.pointer);
      },
      ...(readJson<Step | null>(CLIPBOARD, null) && { paste }),
    };
    const onKey = (event: KeyboardEvent, pointer: string) => {
      const mod = event.ctrlKey || event.metaKey;
      const key = `${mod ? "mod+" : ""}${event.altKey ? "alt+" : ""}${event.key.toLowerCase()}`;
      if (key === "+" || key === "insert") {
        event.preventDefault();
        const block = pointer === TRIGGER ? "/steps" : blockOf(pointer);
        const at = pointer === TRIGGER ? 0 : placeOf(pointer) + 1;
        document.querySelector<HTMLElement>(`[data-add="${CSS.escape(`${block}@${at}`)}"]`)?.click();
        return;
      }
      if (pointer === TRIGGER && key !== "mod+v") return;
      const run: Record<string, () => void> = {
        delete: () => acts.remove(pointer), backspace: () => acts.remove(pointer), "mod+d": () => acts.copy(pointer),
        "alt+arrowup": () => acts.move(pointer, -1), "alt+arrowdown": () => acts.move(pointer, 1),
        "mod+c": () => { writeJson(CLIPBOARD, valueAt(body, pointer)); toasts.show(t("flows.copied", { name: named(pointer) })); },
        "mod+x": () => { writeJson(CLIPBOARD, valueAt(body, pointer)); acts.remove(pointer); },
        "mod+v": () => (pointer === TRIGGER ? paste("/steps", 0) : paste(blockOf(pointer), placeOf(pointer) + 1)),
      };
      if (!run[key]) return;
      event.preventDefault();
      run[key]();
    };
    return { acts, edit, onKey };
  }, [designer, focus, select, t]);
}
