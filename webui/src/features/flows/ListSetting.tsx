import { Select } from "antd";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { freshUid, moved, textOf, type Words } from "@/render/builder/words";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { useDesigner } from "./designer";
import { valueAt, withValueAt } from "./flowModel";
import styles from "./FlowPage.module.css";
import type { Schema } from "./kindsApi";
import { SettingControl, type SettingProps } from "./SettingControl";
import { SettingForm } from "./SettingForm";

interface Item {
  uid: string;
  label?: Words;
  name?: string;
  [key: string]: unknown;
}

const NAME: Schema = { $ref: "#/$defs/name" };
const LABEL: Schema = { $ref: "#/$defs/label" };

/** A list of elements, each a form of its own: added, ordered, removed; one of several sorts where there are some. */
export function ListSetting({ name, schema, isNeeded, pointer, owner, label, title }: SettingProps & { title: string }) {
  const { t, i18n } = useTranslation();
  const { body, change } = useDesigner();
  const items = (valueAt(body, pointer) ?? []) as Item[];
  const sorts = schema.items?.discriminator?.keys;
  const did = t("flows.did.set", { name: label, part: title });
  const put = (next: Item[]) => change(withValueAt(body, pointer, next.length ? next : undefined), did);
  const first = sorts ? (Object.keys(sorts)[0] ?? "") : "";
  const add = () => put([...items, { uid: freshUid(), ...(sorts && startOf(sorts, first)) }]);
  const schemaOf = (item: Item): Schema => (sorts ? (sorts[sortOf(sorts, item)] ?? {}) : (schema.items ?? {}));
  const said = (sort: string) => (i18n.exists(`flows.sort.${sort}`) ? t(`flows.sort.${sort}` as "flows.sort.role") : sort);
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{title}{isNeeded && <span className={styles.star} aria-hidden>*</span>}</legend>
      {items.map((item, place) => {
        const own = schemaOf(item);
        const called = textOf(item.label, item.name ?? `${title} ${place + 1}`);
        const at = `${pointer}/${item.uid}`;
        return (
          <div key={item.uid} className={styles.element}>
            <div className={styles.elementHead}>
              {sorts ? (
                <Select size="small" className={styles.grow} aria-label={t("flows.sort_of", { name: title })} value={sortOf(sorts, item)}
                  options={Object.keys(sorts).map((value) => ({ value, label: said(value) }))}
                  onChange={(next: string) => put(items.map((each, at) => (at === place ? { uid: each.uid, ...startOf(sorts, next) } : each)))} />
              ) : <strong className={styles.grow}>{called}</strong>}
              <IconButton icon={ArrowUp} size={14} label={t("flows.up_of", { name: called })} disabled={place === 0} onClick={() => put(moved(items, place, place - 1))} />
              <IconButton icon={ArrowDown} size={14} label={t("flows.down_of", { name: called })} disabled={place === items.length - 1} onClick={() => put(moved(items, place, place + 1))} />
              <IconButton icon={Trash2} size={14} label={t("flows.remove", { name: called })} onClick={() => put(items.filter((each) => each !== item))} />
            </div>
            {own.properties?.label && <SettingControl name="label" schema={LABEL} isNeeded={false} pointer={`${at}/label`} owner={name} label={label} />}
            {own.properties?.name && <SettingControl name="name" schema={NAME} isNeeded pointer={`${at}/name`} owner={name} label={label} />}
            {own.properties?.when && <SettingControl name="when" schema={own.properties.when} isNeeded={false} pointer={`${at}/when`} owner={name} label={label} />}
            <SettingForm schema={own.properties ?? {}} required={own.required ?? []} pointer={at} owner={`${owner}_${name}`} label={label} />
          </div>
        );
      })}
      <Button kind="soft" small icon={<Plus size={14} strokeWidth={1.75} />} label={`${t("flows.add_one")}: ${title}`} onClick={add}>{t("flows.add_one")}</Button>
    </fieldset>
  );
}

/** Which sort an element is of: the first key that tells. */
function sortOf(sorts: Record<string, Schema>, item: Item): string {
  return Object.keys(sorts).find((key) => key in item) ?? Object.keys(sorts)[0] ?? "";
}

/** An element of a sort with the key that tells it, as empty as it can be. */
function startOf(sorts: Record<string, Schema>, sort: string): Record<string, unknown> {
  const own = sorts[sort]?.properties?.[sort];
  if (own?.const !== undefined) return { [sort]: own.const };
  if (own?.type === "array") return { [sort]: [] };
  return { [sort]: own?.$ref?.endsWith("formula") ? "requester" : "" };
}
