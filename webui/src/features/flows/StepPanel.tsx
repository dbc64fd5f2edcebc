import { Input, InputNumber, Segmented, Switch } from "antd";
import { ArrowDown, ArrowUp, CopyPlus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { problemText } from "@/lib/problems";
import { freshUid, textOf, withText } from "@/render/builder/words";
import { SidePanel } from "@/render/builder/SidePanel";
import { FieldRow } from "@/ui/FieldRow";
import { IconButton } from "@/ui/IconButton";
import { Note } from "@/ui/Note";
import { useDesigner } from "./designer";
import { DurationInput } from "./DurationInput";
import { blockOf, stepAt, valueAt, withValueAt, type OnError, type Step } from "./flowModel";
import styles from "./FlowPage.module.css";
import { BranchList } from "./BranchList";
import { stepIcon } from "./icons";
import type { Schema } from "./kindsApi";
import { SettingControl } from "./SettingControl";
import { SettingForm } from "./SettingForm";
import { stepName } from "./summaries";

const FORMULA: Schema = { $ref: "#/$defs/formula" };
const DURATION: Schema = { $ref: "#/$defs/duration" };
const FLAG: Schema = { type: "boolean", default: false };
const NAME: Schema = { $ref: "#/$defs/name" };

export interface StepActs {
  move: (pointer: string, way: -1 | 1) => void;
  copy: (pointer: string) => void;
  remove: (pointer: string) => void;
}

/** The settings of a step: what its kind asks for, when it is skipped, and what happens when it fails. */
export function StepPanel({ pointer, part, onPart, acts, onClose }: {
  pointer: string;
  part: string;
  onPart: (part: string) => void;
  acts: StepActs;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const designer = useDesigner();
  const { body, kinds, problems, change, document } = designer;
  const step = valueAt(body, pointer) as Step | undefined;
  const kind = step && kinds.step(step.do);
  if (!step || !kind) return null;
  const name = stepName(step, designer);
  const Icon = stepIcon(step.do, kind.category);
  const mine = problems.filter((each) => each.document === document.key && stepAt(body, each.pointer) === pointer);
  const siblings = valueAt(body, blockOf(pointer)) as Step[];
  const place = siblings.indexOf(step);
  return (
    <SidePanel side="right" name="flows.step" title={name} least={320} most={620} otherwise={400} onClose={onClose}
      icon={<Icon size={16} strokeWidth={1.75} aria-hidden />}
      extra={
        <span className={styles.tools}>
          <IconButton icon={ArrowUp} label={t("flows.move_up")} keys="alt+up" disabled={place === 0} onClick={() => acts.move(pointer, -1)} />
          <IconButton icon={ArrowDown} label={t("flows.move_down")} keys="alt+down" disabled={place === siblings.length - 1} onClick={() => acts.move(pointer, 1)} />
          <IconButton icon={CopyPlus} label={t("flows.duplicate")} keys="mod+d" onClick={() => acts.copy(pointer)} />
          <IconButton icon={Trash2} label={t("flows.delete")} keys="delete" onClick={() => acts.remove(pointer)} />
        </span>
      }>
      <div className={styles.panel}>
        {mine.map((each, index) => <Note key={index} tone="err" lead={problemText(each)}> {each.hint}</Note>)}
        <p className={styles.small}>{labelText(kind.label)} · {labelText(kind.help)}</p>
        <Segmented block value={part} options={[{ value: "basic", label: t("flows.basic") }, { value: "error", label: t("flows.on_error") }]} onChange={onPart} aria-label={t("flows.parts")} />
        {part === "error" ? <ErrorPart pointer={pointer} step={step} name={name} isOutside={kind.is_outside} /> : (
          <>
            <FieldRow label={t("flows.label")}>
              {(ids) => <Input {...ids} value={textOf(step.label)} placeholder={labelText(kind.label)}
                onChange={(event) => change(withValueAt(body, `${pointer}/label`, event.target.value ? withText(step.label, event.target.value) : undefined), t("flows.did.rename", { name }), `${pointer}/label`)} />}
            </FieldRow>
            <SettingForm schema={kind.schema} required={kind.required} pointer={pointer} owner={step.do} label={name} />
            <BranchList pointer={pointer} step={step} kind={kind} label={name} />
            <SettingControl name="when" schema={FORMULA} isNeeded={false} pointer={`${pointer}/when`} owner="step" label={name} />
            <SettingControl name="as" schema={NAME} isNeeded={false} pointer={`${pointer}/as`} owner="step" label={name} />
          </>
        )}
      </div>
    </SidePanel>
  );
}

/** Retry, and then: stop, go on, or steps of their own. */
function ErrorPart({ pointer, step, name, isOutside }: { pointer: string; step: Step; name: string; isOutside: boolean }) {
  const { t } = useTranslation();
  const { body, change } = useDesigner();
  const { retry, then = "stop" }: OnError = step.on_error ?? {};
  const at = `${pointer}/on_error`;
  const did = t("flows.did.set", { name, part: t("flows.on_error") });
  const put = (next: OnError) => {
    const left = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined && value !== "stop"));
    change(withValueAt(body, at, Object.keys(left).length ? left : undefined), did);
  };
  const chosen = typeof then === "object" ? "steps" : then;
  const choose = (next: string) => put({ retry, then: next === "steps" ? { steps: [{ uid: freshUid(), do: "stop" }] } : (next as "stop" | "continue") });
  return (
    <>
      <label className={styles.flag}>
        <Switch size="small" checked={retry !== undefined} onChange={(on) => put({ retry: on ? { times: 3 } : undefined, then })} /> {t("flows.own_retry")}
      </label>
      {retry && (
        <div className={styles.form}>
          <FieldRow label={t("flows.retry_times")}>
            {(ids) => <InputNumber {...ids} className={styles.full} min={0} max={100} precision={0} value={retry.times} onChange={(times) => put({ retry: { ...retry, times: times ?? 0 }, then })} />}
          </FieldRow>
          <FieldRow label={t("flows.retry_first")}>
            {(ids) => <DurationInput ids={ids} value={retry.first ?? ""} onChange={(first) => put({ retry: { ...retry, first: first || undefined }, then })} />}
          </FieldRow>
          <FieldRow label={t("flows.retry_longest")}>
            {(ids) => <DurationInput ids={ids} value={retry.longest ?? ""} onChange={(longest) => put({ retry: { ...retry, longest: longest || undefined }, then })} />}
          </FieldRow>
        </div>
      )}
      <FieldRow label={t("flows.then")} help={t(`flows.then_help.${chosen}`)}>
        {() => <Segmented block value={chosen} aria-label={t("flows.then")} onChange={choose} options={(["stop", "continue", "steps"] as const).map((value) => ({ value, label: t(`flows.then_is.${value}`) }))} />}
      </FieldRow>
      {isOutside && <SettingControl name="timeout" schema={DURATION} isNeeded={false} pointer={`${pointer}/timeout`} owner="step" label={name} />}
      {isOutside && <SettingControl name="at_most_once" schema={FLAG} isNeeded={false} pointer={`${pointer}/at_most_once`} owner="step" label={name} />}
    </>
  );
}
