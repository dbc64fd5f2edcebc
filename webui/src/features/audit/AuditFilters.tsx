import { Input, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { PersonSelect } from "@/fields/user/PersonSelect";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import styles from "./AuditPage.module.css";

export interface Chosen {
  kind: string;
  person: string;
  entity: string;
  record: string;
  time: string;
  from: string;
  to: string;
}

/** Spans in hours. */
export const SPANS = { today: 24, week: 168, month: 720 } as const;
const KINDS = ["", "records", "metadata", "access", "other"] as const;

/** By kind, person, data, record and period; all of it stands in the address. */
export function AuditFilters({ chosen, onChange }: { chosen: Chosen; onChange: (changes: Partial<Chosen>) => void }) {
  const { t } = useTranslation();
  const { entities } = useOffer();
  return (
    <div className={styles.filters}>
      <Segmented value={chosen.kind} aria-label={t("audit.kind")} onChange={(kind) => onChange({ kind })}
        options={KINDS.map((kind) => ({ value: kind as string, label: t(`audit.${kind || "all"}`) }))} />
      <label className={styles.person}>
        <span className="visually-hidden">{t("audit.person")}</span>
        <PersonSelect chosen={chosen.person ? [Number(chosen.person)] : []} onChoose={([id]) => onChange({ person: id ? String(id) : "" })} ids={{ id: "audit-person" }} />
      </label>
      <Select value={chosen.entity} aria-label={t("audit.entity")} onChange={(entity) => onChange({ entity, record: "" })} showSearch={{ optionFilterProp: "label" }} className={styles.select}
        options={[{ value: "", label: t("audit.any_entity") }, ...Object.values(entities).map((entity) => ({ value: entity.name, label: labelText(entity.label) }))]} />
      {chosen.entity && <Input value={chosen.record} placeholder={t("audit.record")} aria-label={t("audit.record")} inputMode="numeric" className={styles.record} onChange={(event) => onChange({ record: event.target.value.replace(/\D/g, "") })} />}
      <Select value={chosen.time} aria-label={t("audit.period")} onChange={(time) => onChange({ time })} className={styles.select}
        options={[{ value: "", label: t("audit.any_time") }, ...(["today", "week", "month", "own"] as const).map((value) => ({ value: value as string, label: t(`audit.${value}`) }))]} />
      {chosen.time === "own" && (
        <>
          <Input type="date" value={chosen.from} aria-label={t("audit.since")} className={styles.day} onChange={(event) => onChange({ from: event.target.value })} />
          <Input type="date" value={chosen.to} aria-label={t("audit.until")} className={styles.day} onChange={(event) => onChange({ to: event.target.value })} />
        </>
      )}
    </div>
  );
}
