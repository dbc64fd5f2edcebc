import { Input, Segmented } from "antd";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { useDraft } from "@/render/builder/draft";
import { fieldIcon } from "@/render/builder/fieldTypes";
import { SidePanel } from "@/render/builder/SidePanel";
import { entitySlot, patched, textOf, withText } from "@/render/builder/words";
import { Conditions } from "@/render/conditions/Conditions";
import { FieldRow } from "@/ui/FieldRow";
import type { BoardProps } from "./FormBoard";
import { withItem, type ItemBody } from "./formModel";
import styles from "./FormPage.module.css";

const WIDTHS = [3, 4, 6, 8, 12] as const;
const CONDITIONS = ["visible", "required", "read_only"] as const;

/** What is said of a field on the form: label, width, help, and when it is seen, needed and writable. */
export function ItemPanel({ body, change, fieldOf, fields, section, item, onSelect }: BoardProps & { section: string; item: ItemBody }) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const field = fields.find((each) => each.name === item.field);
  const own = labelText(field?.label) || item.field;
  const name = textOf(item.label) || own;
  const Icon = fieldIcon(field?.type ?? "");
  const set = (values: Partial<ItemBody>, part: string, gesture?: string) =>
    change(withItem(body, section, item.uid, (each) => patched(each, values)), t("forms.did.change", { name, part }), gesture ? `${item.uid}.${gesture}` : undefined);
  return (
    <SidePanel side="right" name="forms.item" title={name} least={300} most={520} otherwise={340} icon={<Icon size={16} strokeWidth={1.75} aria-hidden />}
      extra={<span className={styles.code}>{item.field}</span>} onClose={() => onSelect("")}>
      <div className={styles.panel}>
        <FieldRow label={t("forms.label")} help={t("forms.label_help")}>
          {(ids) => <Input {...ids} value={textOf(item.label)} placeholder={own} onChange={(event) => set({ label: event.target.value ? withText(item.label, event.target.value) : undefined }, t("forms.label"), "label")} />}
        </FieldRow>
        <FieldRow label={t("forms.width")}>
          {() => <Segmented block value={item.width ?? 6} aria-label={t("forms.width")} options={WIDTHS.map((each) => ({ value: each, label: t(`forms.widths.${each}`) }))} onChange={(width) => set({ width }, t("forms.width"))} />}
        </FieldRow>
        {CONDITIONS.map((each) => (
          <section key={each} aria-label={t(`forms.${each}`)}>
            <h3 className={styles.heading}>{t(`forms.${each}`)}</h3>
            <div className={styles.condition}>
              <Conditions text={item[each] ?? ""} fieldOf={fieldOf} title={t(`forms.${each}`)} always={t(`forms.${each}_always`)}
                slot={entitySlot(draft?.id, body.entity, "boolean")}
                onChange={(text) => set({ [each]: text || undefined }, t(`forms.${each}`))} />
            </div>
          </section>
        ))}
        <FieldRow label={t("forms.help")}>
          {(ids) => <Input.TextArea {...ids} rows={2} value={textOf(item.help)} onChange={(event) => set({ help: event.target.value ? withText(item.help, event.target.value) : undefined }, t("forms.help"), "help")} />}
        </FieldRow>
      </div>
    </SidePanel>
  );
}
