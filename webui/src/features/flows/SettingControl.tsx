import { Input, InputNumber, Segmented, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { textOf, withText, type Words } from "@/render/builder/words";
import { Conditions } from "@/render/conditions/Conditions";
import { FormulaSlot } from "@/render/formula/FormulaSlot";
import { FieldRow, type FieldIds } from "@/ui/FieldRow";
import { slotFor, useDesigner } from "./designer";
import { DurationInput } from "./DurationInput";
import { FieldRights } from "./FieldRights";
import { valueAt, withValueAt } from "./flowModel";
import styles from "./FlowPage.module.css";
import type { Schema } from "./kindsApi";
import { ListSetting } from "./ListSetting";
import { ObjectSetting } from "./ObjectSetting";
import { useChoices } from "./useChoices";
import { useFieldsBehind } from "./useFieldsBehind";
import { ValuesSetting } from "./ValuesSetting";

export interface SettingProps {
  name: string;
  schema: Schema;
  isNeeded: boolean;
  /** Where the value stands. */
  pointer: string;
  owner: string;
  /** Of the element, for the names of steps to undo. */
  label: string;
}

const CONDITIONS = new Set(["when", "where"]);
const MOST_SEGMENTS = 3;

const refOf = (schema: Schema): string => schema.$ref?.split("/").at(-1) ?? "";

/** One setting, edited as its schema says: no kind of step is known here. */
export function SettingControl(props: SettingProps) {
  const { name, schema, pointer, owner } = props;
  const { body } = useDesigner();
  const { t, i18n } = useTranslation();
  const named = [`flows.setting.${owner}_${name}`, `flows.setting.${name}`].find((each) => i18n.exists(each));
  const title = named ? t(named as "flows.setting.when") : name.replaceAll("_", " ");
  const items = schema.items;
  if (items?.properties?.may && items.properties.field) return <FieldRights {...props} title={title} />;
  if (schema.type === "array" && (items?.properties || items?.oneOf)) return <ListSetting {...props} title={title} />;
  if (schema.type === "object" && schema.properties) return <ObjectSetting {...props} title={title} />;
  if (schema.type === "object") return <ValuesSetting {...props} title={title} />;
  return <Plain {...props} title={title} value={valueAt(body, pointer)} />;
}

function Plain({ name, schema, isNeeded, pointer, owner, label, title, value }: SettingProps & { title: string; value: unknown }) {
  const { t, i18n } = useTranslation();
  const designer = useDesigner();
  const choices = useChoices(name, pointer, schema);
  const put = (next: unknown, isTyping = false) => {
    const left = next === "" || next === null || (Array.isArray(next) && next.length === 0) ? undefined : next;
    designer.change(withValueAt(designer.body, pointer, left), t("flows.did.set", { name: label, part: title }), isTyping ? pointer : undefined);
  };
  const said = (option: string) => {
    const key = [`flows.option.${name}_${option}`, `flows.option.${option}`].find((each) => i18n.exists(each));
    return key ? t(key as "flows.option.desc") : option;
  };
  const help = i18n.exists(`flows.help.${owner}_${name}`) ? t(`flows.help.${owner}_${name}` as "flows.help.find_records_where") : undefined;
  if (schema.type === "boolean") {
    const isOn = (value ?? schema.default) === true;
    return <label className={styles.flag}><Switch size="small" checked={isOn} onChange={(on) => put(on === (schema.default ?? false) ? undefined : on)} /> {title}</label>;
  }
  const control = (ids: FieldIds) => {
    if (refOf(schema) === "formula") return <FormulaSetting name={name} title={title} pointer={pointer} isNeeded={isNeeded} text={typeof value === "string" ? value : ""} onChange={put} />;
    if (refOf(schema) === "duration") return <DurationInput ids={ids} value={typeof value === "string" ? value : ""} onChange={put} />;
    if (refOf(schema) === "label") return <Input {...ids} value={textOf(value as Words)} onChange={(event) => put(event.target.value && withText(value as Words, event.target.value), true)} />;
    const isMany = schema.type === "array" || refOf(schema) === "names";
    if (choices || isMany) return <Choose ids={ids} isMany={isMany} choices={choices} said={said} schema={schema} isNeeded={isNeeded} value={value} onPut={put} />;
    if (schema.enum && schema.enum.length <= MOST_SEGMENTS) {
      return <Segmented block aria-label={title} value={(value ?? schema.default) as string} options={schema.enum.map((each) => ({ value: each, label: said(each) }))} onChange={(next) => put(next === schema.default ? undefined : next)} />;
    }
    if (schema.enum) {
      return <Select {...ids} className={styles.full} allowClear={!isNeeded && schema.default === undefined} value={(value ?? schema.default) as string | undefined}
        options={schema.enum.map((each) => ({ value: each, label: said(each) }))} onChange={(next) => put(next === schema.default ? undefined : next)} />;
    }
    if (schema.type === "integer") {
      return <InputNumber {...ids} className={styles.full} min={schema.minimum} max={schema.maximum} precision={0} value={value as number | undefined}
        placeholder={schema.default === undefined ? "" : String(schema.default)} onChange={(next) => put(next, true)} />;
    }
    return <Input {...ids} className="mono" value={value === undefined ? "" : String(value)} placeholder={schema.default === undefined ? "" : String(schema.default)} onChange={(event) => put(event.target.value, true)} />;
  };
  return <FieldRow label={title} required={isNeeded} help={help}>{control}</FieldRow>;
}

/** One or several of what there is; without a list what somebody writes. */
function Choose({ ids, isMany, choices, said, schema, isNeeded, value, onPut }: {
  ids: FieldIds;
  isMany: boolean;
  choices: { value: string; label: string }[] | null;
  said: (option: string) => string;
  schema: Schema;
  isNeeded: boolean;
  value: unknown;
  onPut: (next: unknown) => void;
}) {
  const isNumber = schema.items?.type === "integer";
  const options = choices ?? (schema.items?.enum ?? []).map((each) => ({ value: each, label: said(each) }));
  if (!isMany) {
    return <Select {...ids} className={styles.full} showSearch={{ optionFilterProp: "label" }} allowClear={!isNeeded} value={value as string | undefined} options={options} onChange={onPut} />;
  }
  const chosen = ((value ?? schema.default ?? []) as (string | number)[]).map(String);
  const take = (next: string[]) => onPut(isNumber ? next.map(Number).filter(Number.isInteger) : next);
  return <Select {...ids} className={styles.full} mode={options.length ? "multiple" : "tags"} open={options.length ? undefined : false} value={chosen} options={options} onChange={take} />;
}

/** A formula in its place; a condition reads as a sentence. */
export function FormulaSetting({ name, title, pointer, isNeeded, text, onChange }: {
  name: string;
  title: string;
  pointer: string;
  isNeeded: boolean;
  text: string;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const designer = useDesigner();
  const isCondition = CONDITIONS.has(name);
  const slot = slotFor(designer, pointer, isCondition ? "boolean" : undefined);
  const fieldOf = useFieldsBehind();
  // A moment after a new element is made the server does not know it yet.
  if (!slot) return <span className={`mono ${styles.waiting}`}>{text || t("builder.saving")}</span>;
  if (isCondition) return <Conditions text={text} slot={slot} fieldOf={fieldOf} title={title} always={t("flows.always")} onChange={onChange} />;
  return <FormulaSlot title={title} text={text} slot={slot} optional={!isNeeded} onChange={onChange} />;
}
