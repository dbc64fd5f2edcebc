import { Input, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { FIELD_TYPE_NAMES, fieldIcon, isFieldType } from "@/render/builder/fieldTypes";
import { useDraft } from "@/render/builder/draft";
import { SidePanel } from "@/render/builder/SidePanel";
import { patched, slotAt, textOf, withText, type Words } from "@/render/builder/words";
import { FormulaSlot } from "@/render/formula/FormulaSlot";
import { FieldRow } from "@/ui/FieldRow";
import { useTypeSchemas } from "./entityApi";
import { fieldsAt, retyped, withField, type FieldBody, type FieldLine } from "@/render/builder/entityModel";
import styles from "./EntityPage.module.css";
import { OptionList } from "./OptionList";
import { Setting } from "./Setting";
import type { Entities, PartProps } from "./shared";
import { WhereUsed } from "./WhereUsed";

/** The keys that every type has; the rest are settings of the type. */
const COMMON = ["uid", "name", "label", "help", "aliases", "class", "required", "unique", "read_only", "default", "check", "capture", "type", "fields", "options"];
const FLAGS = ["required", "unique", "read_only"] as const;

/** Everything about the selected field. */
export function FieldPanel({ body, document, change, line, entities, onSelect }: PartProps & {
  line: FieldLine;
  entities: Entities;
  onSelect: (key: string) => void;
}) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const schemas = useTypeSchemas();
  const { field } = line;
  const name = textOf(field.label, field.name);
  const schema = schemas[field.type];
  const allows = (key: string) => schema === undefined || key in schema.properties;
  const Icon = fieldIcon(field.type);
  const put = (next: (field: FieldBody) => FieldBody, part: string, gesture?: string) =>
    change(withField(body, line, next), t("entities.did.change", { name, part }), gesture ? `${line.key}.${gesture}` : undefined);
  const set = (key: string, value: unknown, part: string, gesture?: string) => put((each) => patched(each, { [key]: value }), part, gesture);
  const slot = (part: string, expect?: string) => slotAt(draft?.id, document.key, `${line.pointer}/${part}`, expect);
  const check = field.check as { rule: string; message: Words } | undefined;
  const types = FIELD_TYPE_NAMES.filter((each) => !line.parent || each !== "lines");
  return (
    <SidePanel side="right" name="entities.field" title={name} least={320} most={560} otherwise={400}
      icon={<Icon size={16} strokeWidth={1.75} aria-hidden />} extra={<span className={styles.code}>{field.name}</span>} onClose={() => onSelect("")}>
      <div className={styles.panel}>
        <FieldRow label={t("entities.label")}>
          {(ids) => <Input {...ids} value={textOf(field.label)} onChange={(event) => set("label", withText(field.label, event.target.value), t("entities.label"), "label")} />}
        </FieldRow>
        <FieldRow label={t("entities.type")}>
          {(ids) => (
            <Select {...ids} className={styles.full} value={field.type} showSearch={{ optionFilterProp: "label" }}
              onChange={(type) => put((each) => retyped(each, type, body.name), t("entities.type"))}
              options={[...types.map((each) => ({ value: each as string, label: t(`field_type.${each}`) })), ...(isFieldType(field.type) ? [] : [{ value: field.type, label: field.type }])]} />
          )}
        </FieldRow>
        <div className={styles.flags}>
          {FLAGS.filter(allows).map((flag) => (
            <label key={flag} className={styles.flag}>
              <Switch size="small" checked={field[flag] === true} onChange={(on) => set(flag, on || undefined, t(`entities.${flag}`))} /> {t(`entities.${flag}`)}
            </label>
          ))}
          <label className={styles.flag}>
            <Switch size="small" checked={field.class === "personal"} onChange={(on) => set("class", on ? "personal" : undefined, t("entities.personal"))} /> {t("entities.personal")}
          </label>
        </div>
        {field.options && (
          <OptionList options={field.options} onChange={(options, gesture) => put((each) => ({ ...each, options }), t("entities.options"), gesture)} />
        )}
        {Object.entries(schema?.properties ?? {}).filter(([key]) => !COMMON.includes(key)).map(([key, rule]) => (
          <Setting key={key} name={key} rule={rule} isNeeded={schema?.required.includes(key) ?? false} field={field} title={name} entities={entities} draft={draft?.id}
            slot={slot(key)} own={fieldsAt(body, line.parent)} owner={body.name} onChange={(value, part, gesture) => set(key, value, part, gesture ? key : undefined)} />
        ))}
        {allows("default") && (
          <FieldRow label={t("entities.default")}>
            {() => <FormulaSlot title={name} subtitle={t("entities.default")} text={String(field.default ?? "")} slot={slot("default")} onChange={(text) => set("default", text, t("entities.default"))} />}
          </FieldRow>
        )}
        {allows("check") && (
          <FieldRow label={t("entities.check")} help={t("entities.check_help")}>
            {() => <FormulaSlot title={name} subtitle={t("entities.check")} text={check?.rule ?? ""} slot={slot("check/rule", "boolean")}
              onChange={(rule) => set("check", rule ? { rule, message: check?.message ?? t("entities.not_valid", { name }) } : undefined, t("entities.check"))} />}
          </FieldRow>
        )}
        {check && (
          <FieldRow label={t("entities.message")}>
            {(ids) => <Input {...ids} value={textOf(check.message)} onChange={(event) => set("check", { ...check, message: withText(check.message, event.target.value) }, t("entities.message"), "message")} />}
          </FieldRow>
        )}
        <FieldRow label={t("entities.help")}>
          {(ids) => <Input.TextArea {...ids} rows={2} value={textOf(field.help as Words | undefined)} onChange={(event) => set("help", event.target.value && withText(field.help as Words | undefined, event.target.value), t("entities.help"), "help")} />}
        </FieldRow>
        <WhereUsed element={`${document.key}.${line.key.replace("/", ".")}`} />
      </div>
    </SidePanel>
  );
}
