import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { records } from "@/lib/records";
import { errorText } from "@/lib/problems";
import { useDraft } from "@/render/builder/draft";
import type { View } from "./FormBoard";
import type { FormBody } from "./formModel";
import styles from "./FormPage.module.css";
import { useRoles, type FormPreview } from "./previewApi";

const MOST = 50;

/** For which record and with whose eyes the form is looked at. */
export function ViewBar({ body, view, onView, preview, error }: {
  body: FormBody;
  view: View;
  onView: (view: View) => void;
  preview: FormPreview | undefined;
  error: unknown;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const { draft } = useDraft();
  const entity = offer.entity(body.entity);
  const roles = useRoles(draft?.id);
  const list = useQuery({
    queryKey: ["forms", "records", body.entity],
    queryFn: ({ signal }) => records.list(body.entity, { limit: MOST, sort: ["-id"] }, signal),
    enabled: entity !== undefined,
    retry: false,
  });
  const choices = (list.data?.data ?? []).map((each) => ({ value: String(each.ref), label: String((entity && each[entity.title]) ?? each.ref) }));
  const items = body.sections.reduce((sum, section) => sum + section.items.length, 0);
  return (
    <div className={styles.bar}>
      <Select size="small" className={styles.pick} allowClear showSearch={{ optionFilterProp: "label" }} placeholder={t("forms.record")} aria-label={t("forms.record")} value={view.record || undefined}
        options={choices} onChange={(record?: string) => onView({ ...view, record: record ?? "" })} notFoundContent={t("forms.no_records")} />
      <Select size="small" className={styles.pick} allowClear placeholder={t("forms.as_me")} aria-label={t("forms.role")} value={view.role || undefined}
        options={roles.map((each) => ({ value: each.name, label: labelText(each.label) || each.name }))} onChange={(role?: string) => onView({ ...view, role: role ?? "" })} />
      {preview?.record && <span className={styles.quiet}>{preview.record.title || preview.record.ref}</span>}
      {error != null && <span className={styles.wrong} role="status">{errorText(error)}</span>}
      <span className={styles.count}>{t("forms.size", { items, sections: body.sections.length })}</span>
    </div>
  );
}
