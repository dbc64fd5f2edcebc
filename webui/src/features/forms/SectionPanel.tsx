import { Input, Switch } from "antd";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDraft } from "@/render/builder/draft";
import { SidePanel } from "@/render/builder/SidePanel";
import { entitySlot, patched, textOf, withText } from "@/render/builder/words";
import { Conditions } from "@/render/conditions/Conditions";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import type { BoardProps } from "./FormBoard";
import { withSection, type FormBody, type SectionBody } from "./formModel";
import styles from "./FormPage.module.css";

/** The selected section, else the form itself. */
export function SectionPanel({ body, change, fieldOf, section, onAddSection }: BoardProps & { section: SectionBody | undefined; onAddSection: () => void }) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const name = section ? textOf(section.label, t("forms.no_label")) : textOf(body.label, body.name);
  const set = (values: Record<string, unknown>, part: string, gesture?: string) => {
    const next: FormBody = section ? withSection(body, section.uid, (each) => patched(each, values)) : patched(body, values);
    change(next, t("forms.did.change", { name, part }), gesture ? `${section?.uid ?? "form"}.${gesture}` : undefined);
  };
  const label = section ? section.label : body.label;
  const key = section ? "visible" : "when";
  const text = (section ? section.visible : body.when) ?? "";
  return (
    <SidePanel side="right" name="forms.item" title={section ? name : t("forms.form_itself")} least={300} most={520} otherwise={340}>
      <div className={styles.panel}>
        <FieldRow label={t("forms.label")}>
          {(ids) => <Input {...ids} value={textOf(label)} onChange={(event) => set({ label: event.target.value ? withText(label, event.target.value) : undefined }, t("forms.label"), "label")} />}
        </FieldRow>
        {section && (
          <FieldRow label={t("forms.tab")} help={t("forms.tab_help")}>
            {(ids) => <Input {...ids} value={textOf(section.tab)} onChange={(event) => set({ tab: event.target.value ? withText(section.tab, event.target.value) : undefined }, t("forms.tab"), "tab")} />}
          </FieldRow>
        )}
        <section aria-label={t(section ? "forms.visible" : "forms.when")}>
          <h3 className={styles.heading}>{t(section ? "forms.visible" : "forms.when")}</h3>
          <div className={styles.condition}>
            <Conditions text={text} fieldOf={fieldOf} title={t("forms.visible")} always={t(section ? "forms.visible_always" : "forms.when_always")}
              slot={entitySlot(draft?.id, body.entity, "boolean")} onChange={(next) => set({ [key]: next || undefined }, t("forms.visible"))} />
          </div>
        </section>
        {section && (
          <label className={styles.flag}>
            <Switch size="small" checked={section.collapsed === true} onChange={(on) => set({ collapsed: on || undefined }, t("forms.collapsed"))} /> {t("forms.collapsed")}
          </label>
        )}
        <Button small icon={<Plus size={14} strokeWidth={1.75} />} onClick={onAddSection}>{t("forms.add_section")}</Button>
        <p className={styles.quiet}>{t("forms.keys")}</p>
      </div>
    </SidePanel>
  );
}
