import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "@/lib/media";
import { useCommands, type Command } from "@/lib/shortcuts";
import { textCodec, useUrlState } from "@/lib/url";
import { BuilderBody } from "@/render/builder/Builder";
import type { CanvasState, Mark } from "./CanvasContext";
import { useDesigner } from "./designer";
import { FlowCanvas } from "./FlowCanvas";
import { FlowPanel } from "./FlowPanel";
import { stepAt, TRIGGER, valueAt } from "./flowModel";
import type { Trial } from "./kindsApi";
import { marksOf } from "./marks";
import { StepPanel } from "./StepPanel";
import { TriggerPanel } from "./TriggerPanel";
import { TryPanel } from "./TryPanel";
import { useStepActs } from "./useStepActs";

const partCodec = textCodec("basic");

/** The picture with the settings of what is chosen beside it; or a trial, whose way the picture shows. */
export function DesignBoard({ selected, onSelect, isTrying, onTrying }: {
  selected: string;
  onSelect: (pointer: string) => void;
  isTrying: boolean;
  onTrying: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  const designer = useDesigner();
  const { body, problems, document: own, kinds } = designer;
  const isPhone = usePhone();
  const [part, setPart] = useUrlState("part", partCodec);
  const [trial, setTrial] = useState<Trial | null>(null);
  const [wanted, setWanted] = useState("");
  const here = selected.startsWith("/") ? stepAt(body, selected) : selected;
  const focus = useCallback((pointer: string) => setWanted(pointer), []);
  const found = useStepActs(designer, onSelect, focus);
  useEffect(() => {
    // The card is there only after the change that made or moved it is drawn.
    if (wanted) document.querySelector<HTMLElement>(`[data-card="${CSS.escape(wanted)}"]`)?.focus();
  }, [wanted, body]);
  useEffect(() => {
    if (here) document.querySelector<HTMLElement>(`[data-card="${CSS.escape(here)}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [here]);
  const wrong = useMemo(() => new Set(problems.filter((each) => each.document === own.key).map((each) => stepAt(body, each.pointer))), [body, own.key, problems]);
  const marks = useMemo(() => (isTrying && trial ? marksOf(body, kinds, trial.run, t) : null), [body, isTrying, kinds, t, trial]);
  const select = (pointer: string) => {
    setWanted("");
    if (isTrying && !isPhone) onTrying(false);
    onSelect(pointer);
  };
  const state: CanvasState = {
    selected: here, select, isWrong: (pointer) => wrong.has(pointer), edit: marks ? undefined : found?.edit,
    markOf: (pointer): Mark | null => marks?.get(pointer) ?? null,
  };
  const close = () => onSelect("");
  useStepCommands(here, found);
  const panel = () => {
    if (isTrying) return <TryPanel trial={trial} onTrial={setTrial} onClose={() => onTrying(false)} />;
    if (here === TRIGGER) return <TriggerPanel onClose={close} />;
    if (here === "flow" || (here === "" && !isPhone)) return <FlowPanel onClose={here === "flow" ? close : undefined} />;
    if (here && found && valueAt(body, here)) return <StepPanel key={here} pointer={here} part={part} onPart={(next) => setPart(next, { replace: true })} acts={found.acts} onClose={close} />;
    return null;
  };
  return (
    <BuilderBody right={panel()}>
      <FlowCanvas state={state} onKey={marks ? undefined : found?.onKey} />
    </BuilderBody>
  );
}

/** The keys of the chosen step, for the sheet of keys and the palette; cards answer to them themselves. */
function useStepCommands(here: string, found: ReturnType<typeof useStepActs>): void {
  const { t } = useTranslation();
  const commands = useMemo<Command[]>(() => {
    if (!found || !here.startsWith("/steps")) return [];
    const group = t("flows.kind");
    return [
      { id: "flows.duplicate", label: t("flows.duplicate"), group, run: () => found.acts.copy(here) },
      { id: "flows.move_up", label: t("flows.move_up"), group, run: () => found.acts.move(here, -1) },
      { id: "flows.move_down", label: t("flows.move_down"), group, run: () => found.acts.move(here, 1) },
      { id: "flows.delete", label: t("flows.delete"), group, run: () => found.acts.remove(here) },
    ];
  }, [found, here, t]);
  useCommands(commands);
}
