import { Input, InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { textOf } from "@/render/builder/words";
import { FormulaSlot } from "@/render/formula/FormulaSlot";
import type { Slot } from "@/render/formula/formulaApi";
import { FieldRow } from "@/ui/FieldRow";
import { useBodies, type SettingSchema } from "./entityApi";
import type { FieldBody } from "@/render/builder/entityModel";
import styles from "./EntityPage.module.css";
import { choicesOf, type Entities } from "./shared";

const CURRENCIES = ["CNY", "USD", "EUR", "JPY", "HKD", "GBP"];

/** One setting of a field's type, edited as its schema says: the panel needs no list of types. */
export function Setting({ name, rule, isNeeded, field, title, entities, draft, slot, own, owner, onChange }: {
  name: string;
  rule: SettingSchema;
  isNeeded: boolean;
  field: FieldBody;
  title: string;
  entities: Entities;
  draft: number | undefined;
  slot: Slot;
  /** The fields beside it. */
  own: readonly FieldBody[];
  /** The entity that it belongs to. */
  owner: string;
  /** gesture: typing, which is one step to undo. */
  onChange: (value: unknown, part: string, gesture?: boolean) => void;
}) {
  const { t, i18n } = useTranslation();
  const ledgers = useBodies(name === "ledger" ? draft : undefined, "ledger");
  const key = `entities.setting.${name}`;
  const label = i18n.exists(key) ? t(key as "entities.setting.scale") : name;
  const value = field[name];
  const put = (next: unknown, gesture = false) => onChange(next, label, gesture);
  const ref = rule.$ref?.split("/").at(-1);
  const choices = choicesFor(name, field, entities, own, owner, ledgers.map((each) => ({ value: each.body.name, label: textOf(each.body.label as string, each.body.name) })));
  if (rule.type === "boolean") {
    return <label className={styles.flag}><Switch size="small" checked={(value ?? rule.default) === true} onChange={(on) => put(on === rule.default ? undefined : on)} /> {label}</label>;
  }
  if (rule.type === "array" || rule.type === "object") return null;
  return (
    <FieldRow label={label} required={isNeeded}>
      {(ids) => {
        if (ref === "formula") return <FormulaSlot title={title} subtitle={label} text={String(value ?? "")} slot={slot} optional={!isNeeded} onChange={(text) => put(text)} />;
        if (choices) {
          return <Select {...ids} className={styles.full} showSearch={{ optionFilterProp: "label" }} allowClear={!isNeeded} value={value as string | undefined} options={choices} onChange={(next) => put(next)} />;
        }
        const options = rule.enum ?? (ref === "rounding" ? ["half_up", "half_even", "down", "up", "floor", "ceiling"] : null);
        if (options) {
          return <Select {...ids} className={styles.full} allowClear={!isNeeded} value={(value ?? rule.default) as string | undefined}
            options={options.map((each) => ({ value: each, label: i18n.exists(`entities.choice.${each}`) ? t(`entities.choice.${each}` as "entities.choice.sum") : each }))} onChange={(next) => put(next)} />;
        }
        if (rule.type === "integer") {
          return <InputNumber {...ids} className={styles.full} min={rule.minimum} max={rule.maximum} precision={0} placeholder={rule.default === undefined ? "" : String(rule.default)}
            value={value as number | undefined} onChange={(next) => put(next ?? undefined, true)} />;
        }
        return <Input {...ids} className={name === "pattern" || ref ? "mono" : undefined} value={value === undefined ? "" : String(value)} onChange={(event) => put(event.target.value, true)} />;
      }}
    </FieldRow>
  );
}

/** What can be chosen for a setting that names something of the model; null: it names nothing that is known here. */
function choicesFor(name: string, field: FieldBody, entities: Entities, own: readonly FieldBody[], owner: string, ledgers: { value: string; label: string }[]) {
  const fieldsOf = (entity: string, types: string[], to?: string) =>
    (entities.find((each) => each.body.name === entity.split(".")[0])?.body.fields ?? [])
      .filter((each) => types.includes(each.type) && (!to || each.to === to))
      .map((each) => ({ value: each.name, label: textOf(each.label, each.name) }));
  switch (name) {
    case "to":
      return choicesOf(entities);
    case "from":
      return choicesOf(entities).flatMap((each) => [each, ...fieldsOf(each.value, ["lines"]).map((lines) => ({ value: `${each.value}.${lines.value}`, label: `${each.label} · ${lines.label}` }))]);
    case "via":
      return fieldsOf(String(field.from ?? ""), ["reference"], owner);
    case "at":
      return fieldsOf(String(field.from ?? ""), ["date", "datetime"]);
    case "ledger":
      return ledgers;
    case "currency":
      return CURRENCIES.map((each) => ({ value: each, label: each }));
    case "currency_field":
      return own.filter((each) => ["text", "select"].includes(each.type)).map((each) => ({ value: each.name, label: textOf(each.label, each.name) }));
    default:
      return null;
  }
}
