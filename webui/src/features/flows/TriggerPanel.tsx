import { Select } from "antd";
import { Zap } from "lucide-react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { problemText } from "@/lib/problems";
import { SidePanel } from "@/render/builder/SidePanel";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { useDesigner } from "./designer";
import { TRIGGER, type Trigger } from "./flowModel";
import styles from "./FlowPage.module.css";
import type { Schema } from "./kindsApi";
import { SettingControl } from "./SettingControl";
import { SettingForm } from "./SettingForm";

const FORMULA: Schema = { $ref: "#/$defs/formula" };
const NAME: Schema = { $ref: "#/$defs/name" };
const REF = "#/$defs/";
const INPUTS: Schema = {
  type: "array",
  items: {
    required: ["name", "type"],
    properties: {
      uid: { $ref: `${REF}uid` }, name: NAME, label: { $ref: `${REF}label` }, required: { type: "boolean", default: false },
      type: { enum: ["text", "number", "boolean", "date", "datetime", "record", "json"] }, of: NAME,
    },
  },
};

/** What begins a run: its kind, whose records it is about, and which events are meant. */
export function TriggerPanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const designer = useDesigner();
  const { body, kinds, change, problems, document } = designer;
  const kind = kinds.trigger(body.trigger.on);
  const name = t("flows.trigger");
  const mine = problems.filter((each) => each.document === document.key && each.pointer.startsWith(TRIGGER));
  const choose = (on: string) => {
    const next = kinds.trigger(on);
    const kept: Trigger = { on };
    // What both kinds know stays.
    if (body.trigger.entity && (next?.has_record || on === "call")) kept.entity = body.trigger.entity;
    if (body.trigger.when && next?.is_event) kept.when = body.trigger.when;
    if (body.trigger.input && next?.takes_input) kept.input = body.trigger.input;
    for (const key of Object.keys(next?.schema ?? {})) if (body.trigger[key] !== undefined) kept[key] = body.trigger[key];
    change({ ...body, trigger: kept }, t("flows.did.set", { name, part: t("flows.trigger_kind") }));
  };
  return (
    <SidePanel side="right" name="flows.step" title={name} least={320} most={620} otherwise={400} onClose={onClose} icon={<Zap size={16} strokeWidth={1.75} aria-hidden />}>
      <div className={styles.panel}>
        {mine.map((each, index) => <Note key={index} tone="err" lead={problemText(each)}> {each.hint}</Note>)}
        <FieldRow label={t("flows.trigger_kind")} required help={kind && labelText(kind.help)}>
          {(ids) => <Select {...ids} className={styles.full} showSearch={{ optionFilterProp: "label" }} value={body.trigger.on} options={kinds.triggers.map((each) => ({ value: each.name, label: labelText(each.label) }))} onChange={choose} />}
        </FieldRow>
        {(kind?.has_record || body.trigger.on === "call") && <SettingControl name="entity" schema={NAME} isNeeded={kind?.has_record === true} pointer={`${TRIGGER}/entity`} owner="trigger" label={name} />}
        {kind && <SettingForm schema={kind.schema} required={kind.required} pointer={TRIGGER} owner={kind.name} label={name} />}
        {kind?.is_event && <SettingControl name="when" schema={FORMULA} isNeeded={false} pointer={`${TRIGGER}/when`} owner="trigger" label={name} />}
        {kind?.takes_input && <SettingControl name="input" schema={INPUTS} isNeeded={false} pointer={`${TRIGGER}/input`} owner="trigger" label={name} />}
      </div>
    </SidePanel>
  );
}
