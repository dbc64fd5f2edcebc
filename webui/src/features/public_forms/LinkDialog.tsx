import { DatePicker, Input, InputNumber, Modal, Select } from "antd";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { typeOf } from "@/fields/registry";
import { ValueEdit } from "@/fields/ValueEdit";
import { dayAfter } from "@/fields/literals";
import { fromWall } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { errorText, problemsByField } from "@/lib/problems";
import type { AppEntity, AppForm, Json } from "@/lib/wire";
import { wireValue } from "@/render/record/draft";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { links, type PublicLink } from "./publicApi";
import styles from "./PublicForms.module.css";

/** A new link: what it is called, when it ends, and values that every answer gets. */
export function LinkDialog({ isOpen, forms, entity, onClose, onMade }: {
  isOpen: boolean;
  forms: readonly AppForm[];
  entity: AppEntity;
  onClose: () => void;
  onMade: (link: PublicLink) => void;
}) {
  const { t } = useTranslation();
  const [formName, setForm] = useState(forms[0]?.name ?? "");
  const [label, setLabel] = useState("");
  const [thanks, setThanks] = useState("");
  const [lastDay, setLastDay] = useState<string | null>(null);
  const [most, setMost] = useState<number | null>(null);
  const [given, setGiven] = useState<Record<string, Json>>({});
  const form = forms.find((each) => each.name === formName);
  const asked = new Set(form?.sections.flatMap((section) => section.items.map((item) => item.field)));
  const fixed = entity.fields.filter((field) => !asked.has(field.name) && !field.read_only && field.type !== "file" && field.type !== "lines" && field.type !== "user" && field.type !== "json" && field.type !== "sequence" && field.type !== "multi_reference" && typeOf(field).Edit !== null);
  const make = useMutation({
    mutationFn: () =>
      links.create({
        form: formName, label, thanks,
        given: Object.fromEntries(fixed.flatMap((field) => (given[field.name] == null ? [] : [[field.name, wireValue(field, given[field.name])]]))) as never,
        closes_at: lastDay && fromWall(`${dayAfter(lastDay)}T00:00:00`),
        most_answers: most,
      }),
    onSuccess: onMade,
  });
  const footer = (
    <div className={styles.dialogFoot}>
      <Button onClick={onClose}>{t("action.cancel")}</Button>
      <Button kind="primary" busy={make.isPending} onClick={() => make.mutate()}>{t("public_forms.make")}</Button>
    </div>
  );
  const wrong = problemsByField(make.error);
  return (
    <Modal open={isOpen} title={t("public_forms.make_title")} width={480} footer={footer} onCancel={onClose} destroyOnHidden>
      <div className={styles.dialog}>
        {make.error != null && <Note tone="err" live="assertive">{errorText(make.error)}</Note>}
        {forms.length > 1 && (
          <FieldRow label={t("public_forms.form")}>
            {(ids) => <Select {...ids} value={formName} onChange={setForm} options={forms.map((each) => ({ value: each.name, label: labelText(each.label) }))} />}
          </FieldRow>
        )}
        <FieldRow label={t("public_forms.label")} help={t("public_forms.label_help")} errors={wrong.label}>
          {(ids) => <Input {...ids} autoFocus maxLength={200} value={label} onChange={(event) => setLabel(event.target.value)} />}
        </FieldRow>
        {fixed.filter((field) => field.type === "reference" || field.type === "select").map((field) => (
          <FieldRow key={field.uid} label={labelText(field.label)} help={t("public_forms.fixed_help")}>
            {(ids) => <ValueEdit field={field} value={given[field.name] ?? null} onChange={(next) => setGiven((now) => ({ ...now, [field.name]: next }))} ids={ids} />}
          </FieldRow>
        ))}
        <FieldRow label={t("public_forms.last_day")} errors={wrong.closes_at}>
          {(ids) => <DatePicker {...ids} style={{ width: "100%" }} onChange={(next) => setLastDay(next ? next.format("YYYY-MM-DD") : null)} />}
        </FieldRow>
        <FieldRow label={t("public_forms.most")} errors={wrong.most_answers}>
          {(ids) => <InputNumber {...ids} min={1} max={1_000_000} precision={0} style={{ width: "100%" }} value={most} onChange={setMost} />}
        </FieldRow>
        <FieldRow label={t("public_forms.thanks_text")} errors={wrong.thanks}>
          {(ids) => <Input.TextArea {...ids} rows={2} maxLength={2000} value={thanks} onChange={(event) => setThanks(event.target.value)} />}
        </FieldRow>
      </div>
    </Modal>
  );
}
