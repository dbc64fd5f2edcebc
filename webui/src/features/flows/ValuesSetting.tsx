import { Button as AntButton, Input, Select } from "antd";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { textOf } from "@/render/builder/words";
import { IconButton } from "@/ui/IconButton";
import { useDesigner } from "./designer";
import { valueAt, withValueAt } from "./flowModel";
import styles from "./FlowPage.module.css";
import { FormulaSetting, type SettingProps } from "./SettingControl";
import { useTargets } from "./useChoices";

type Values = Record<string, unknown>;

/** Values by name: of fields, inputs, variables; or the names of a JSON body. A value may hold names of its own. */
export function ValuesSetting({ pointer, label, title, isNeeded }: SettingProps & { title: string }) {
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{title}{isNeeded && <span className={styles.star} aria-hidden>*</span>}</legend>
      <Names pointer={pointer} label={label} title={title} />
    </fieldset>
  );
}

function Names({ pointer, label, title }: { pointer: string; label: string; title: string }) {
  const { t } = useTranslation();
  const { body, change } = useDesigner();
  const targets = useTargets(pointer);
  const values = (valueAt(body, pointer) ?? {}) as Values;
  const did = t("flows.did.set", { name: label, part: title });
  const nameOf = (name: string) => textOf(targets?.find((each) => each.name === name)?.label, name);
  const put = (name: string, next: unknown) => change(withValueAt(body, `${pointer}/${name}`, next), did);
  const remove = (name: string) => {
    const left = Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
    change(withValueAt(body, pointer, Object.keys(left).length ? left : undefined), did);
  };
  const add = (name: string) => {
    const isLines = targets?.find((each) => each.name === name)?.type === "lines";
    put(name, isLines ? { each: "", values: {} } : "BLANK");
  };
  return (
    <div className={styles.values}>
      {Object.entries(values).map(([name, value]) => (
        <div key={name} className={styles.value}>
          <span className={styles.valueName} title={name}>{nameOf(name)}</span>
          {typeof value === "string" ? (
            <FormulaSetting name={name} title={nameOf(name)} pointer={`${pointer}/${name}`} isNeeded text={value} onChange={(text) => put(name, text)} />
          ) : (
            <Inner pointer={`${pointer}/${name}`} value={value as Values} label={label} title={nameOf(name)} />
          )}
          <IconButton icon={X} size={14} label={t("flows.remove", { name: nameOf(name) })} onClick={() => remove(name)} />
        </div>
      ))}
      <AddName targets={targets?.filter((each) => !(each.name in values)).map((each) => ({ value: each.name, label: textOf(each.label, each.name) })) ?? null} taken={Object.keys(values)} onAdd={add} />
    </div>
  );
}

/** Lines made from a list, or an object inside a body. */
function Inner({ pointer, value, label, title }: { pointer: string; value: Values; label: string; title: string }) {
  const { t } = useTranslation();
  const { body, change } = useDesigner();
  if (typeof value.each !== "string" || typeof value.values !== "object") return <Names pointer={pointer} label={label} title={title} />;
  return (
    <div className={styles.values}>
      <span className={styles.small}>{t("flows.setting.each_of")}</span>
      <FormulaSetting name="each" title={title} pointer={`${pointer}/each`} isNeeded text={value.each}
        onChange={(text) => change(withValueAt(body, `${pointer}/each`, text), t("flows.did.set", { name: label, part: title }))} />
      <Names pointer={`${pointer}/values`} label={label} title={title} />
    </div>
  );
}

function AddName({ targets, taken, onAdd }: { targets: { value: string; label: string }[] | null; taken: readonly string[]; onAdd: (name: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  if (targets) {
    return <Select className={styles.full} showSearch={{ optionFilterProp: "label" }} value={null} placeholder={t("flows.add_value")} aria-label={t("flows.add_value")}
      options={targets} disabled={targets.length === 0} onChange={(next: string | null) => next && onAdd(next)} />;
  }
  const good = /^[A-Za-z_][A-Za-z0-9_-]{0,60}$/.test(name) && !taken.includes(name);
  const add = () => {
    if (!good) return;
    onAdd(name);
    setName("");
  };
  return (
    <span className={styles.addName}>
      <Input className="mono" value={name} placeholder={t("flows.new_name")} aria-label={t("flows.new_name")} onChange={(event) => setName(event.target.value)}
        onKeyDown={(event) => { if (event.key === "Enter" && !event.nativeEvent.isComposing) add(); }} />
      <AntButton icon={<Plus size={14} strokeWidth={1.75} />} aria-label={t("flows.add_value")} disabled={!good} onClick={add} />
    </span>
  );
}
