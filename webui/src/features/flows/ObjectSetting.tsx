import { Switch } from "antd";
import { useTranslation } from "react-i18next";
import { useDesigner } from "./designer";
import { valueAt, withValueAt } from "./flowModel";
import styles from "./FlowPage.module.css";
import type { SettingProps } from "./SettingControl";
import { SettingForm } from "./SettingForm";

/** Settings that belong together; one that can be left out is switched on first. */
export function ObjectSetting({ name, schema, isNeeded, pointer, owner, label, title }: SettingProps & { title: string }) {
  const { t } = useTranslation();
  const { body, change } = useDesigner();
  const isOn = valueAt(body, pointer) !== undefined;
  const turn = (on: boolean) => {
    const begun = Object.fromEntries((schema.required ?? []).flatMap((key) => {
      const own = schema.properties?.[key];
      const first = own?.enum?.[0] ?? own?.minimum;
      return first === undefined ? [] : [[key, first]];
    }));
    change(withValueAt(body, pointer, on ? begun : undefined), t("flows.did.set", { name: label, part: title }));
  };
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>
        {isNeeded ? title : <label className={styles.flag}><Switch size="small" checked={isOn} onChange={turn} /> {title}</label>}
      </legend>
      {(isOn || isNeeded) && <SettingForm schema={schema.properties ?? {}} required={schema.required ?? []} pointer={pointer} owner={`${owner}_${name}`} label={label} />}
    </fieldset>
  );
}
