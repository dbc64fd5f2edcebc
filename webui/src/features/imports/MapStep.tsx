import { Checkbox, Select } from "antd";
import { ArrowRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { typeOf } from "@/fields/registry";
import { formatNumber } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { listText } from "@/lib/problems";
import type { AppEntity, AppField } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { Tag } from "@/ui/Tag";
import type { FileColumn, Plan, PlannedColumn, Proposal, Written } from "./importApi";
import styles from "./Imports.module.css";

/** Fields that a column of a file can fill. */
const fillable = (field: AppField): boolean =>
  field.type === "sequence" ? field.options.may_be_given === true : !field.read_only && field.type !== "lines" && field.type !== "file" && typeOf(field).Edit !== null;

/** Which column fills which field: proposed, and changed where it is wrong. */
export function MapStep({ entity, proposal, plan, onEdit, onRepeat, onWritten, onNext, onOther }: {
  entity: AppEntity;
  proposal: Proposal;
  plan: Plan;
  onEdit: (place: number, change: Partial<PlannedColumn>) => void;
  onRepeat: (onRepeat: Plan["on_repeat"]) => void;
  onWritten: (written: Written) => void;
  onNext: () => void;
  onOther: () => void;
}) {
  const { t } = useTranslation();
  const { file } = proposal;
  const used = plan.columns.flatMap((column) => column.field ?? []);
  const nameOf = (name: string) => labelText(entity.fields.find((field) => field.name === name)?.label) || name;
  const twice = used.find((name, place) => used.indexOf(name) !== place);
  const lacking = plan.lacking.filter((name) => !used.includes(name));
  const hasKey = entity.business_key.length > 0 && entity.business_key.every((name) => used.includes(name));
  const reason = used.length === 0 ? t("imports.nothing_mapped") : twice ? t("imports.twice", { field: nameOf(twice) }) : undefined;
  return (
    <>
      <div className={styles.facts}>
        <span className={styles.fact}><b>{file.name}</b></span>
        {file.sheets.length > 1 && (
          <Select
            size="small"
            aria-label={t("imports.sheet")}
            value={file.sheet}
            options={file.sheets.map((name) => ({ value: name, label: name }))}
            onChange={(sheet) => onWritten({ sheet })}
          />
        )}
        <Checkbox checked={file.has_header} onChange={({ target }) => onWritten({ has_header: target.checked })}>{t("imports.has_header")}</Checkbox>
        <span className={styles.fact}>
          {t(proposal.is_whole ? "imports.rows_all" : "imports.rows_first", { count: proposal.looked_at, formatted: formatNumber(proposal.looked_at) })}
        </span>
      </div>
      <div className={styles.notes}>
        {proposal.imported_in.length > 0 && <Note tone="warn" lead={t("imports.again")}>{t("imports.again_text")}</Note>}
        {proposal.broken.length > 0 && <Note tone="warn">{t("imports.broken", { count: proposal.broken.length })}</Note>}
        {lacking.length > 0 && <Note tone="warn" lead={t("imports.lacking", { fields: listText(lacking.map(nameOf)) })}>{t("imports.lacking_text")}</Note>}
      </div>
      <div className={styles.scroll}>
        <table className={styles.map}>
          <thead>
            <tr><th scope="col">{t("imports.column")}</th><th scope="col">{t("imports.examples")}</th><th scope="col" aria-hidden /><th scope="col">{t("imports.field")}</th></tr>
          </thead>
          <tbody>
            {proposal.columns.map((column) => {
              const planned = plan.columns.find((each) => each.place === column.place);
              return planned && <MapRow key={column.place} entity={entity} column={column} planned={planned} used={used} onEdit={(change) => onEdit(column.place, change)} />;
            })}
          </tbody>
        </table>
      </div>
      <div className={styles.foot}>
        <Button onClick={onOther}>{t("imports.other_file")}</Button>
        {hasKey && entity.may.update && (
          <Checkbox checked={plan.on_repeat === "revise"} onChange={({ target }) => onRepeat(target.checked ? "revise" : "ignore")}>
            {t("imports.revise", { key: listText(entity.business_key.map(nameOf)) })}
          </Checkbox>
        )}
        {reason && <span className={styles.why}>{reason}</span>}
        <Button kind="primary" reason={reason} onClick={onNext}>{t("imports.to_preview")}</Button>
      </div>
    </>
  );
}

function MapRow({ entity, column, planned, used, onEdit }: {
  entity: AppEntity;
  column: FileColumn;
  planned: PlannedColumn;
  used: readonly string[];
  onEdit: (change: Partial<PlannedColumn>) => void;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const field = entity.fields.find((each) => each.name === planned.field);
  const target = field?.to ? offer.entity(field.to) : undefined;
  const isSure = planned.score >= 90;
  const options = entity.fields.filter(fillable).map((each) => ({
    value: each.name, label: labelText(each.label), disabled: each.name !== planned.field && used.includes(each.name),
  }));
  const heading = column.heading || column.name;
  return (
    <tr>
      <th scope="row" className={styles.heading}>{heading}</th>
      <td className={styles.samples}>
        {column.samples.length ? column.samples.slice(0, 3).join(" · ") : t("imports.no_values")}
        {column.odd > 0 && <span className={styles.odd}>{t("imports.odd", { count: column.odd })}</span>}
      </td>
      <td className={styles.arrow} aria-hidden><ArrowRight size={14} strokeWidth={1.75} /></td>
      <td>
        <div className={styles.target}>
          <Select
            aria-label={t("imports.field_for", { column: heading })}
            className={styles.field}
            value={planned.field ?? ""}
            options={[{ value: "", label: t("imports.leave_out") }, ...options]}
            showSearch={{ optionFilterProp: "label" }}
            onChange={(name) => onEdit({ field: name || null, formula: null, score: 100, by: "key", missing: "reject" })}
          />
          {field && !isSure && <Tag tone="warn">{t("imports.guessed")}</Tag>}
          {target && (
            <>
              <Select
                size="small"
                aria-label={t("imports.found_by", { column: heading })}
                value={planned.by}
                options={[
                  { value: "key", label: t("imports.by_key", { what: labelText(target.label) }) },
                  { value: "title", label: t("imports.by_title", { what: labelText(target.label) }) },
                ]}
                onChange={(by) => onEdit({ by, missing: "reject" })}
              />
              {planned.by === "key" && target.may.create && (
                <Checkbox checked={planned.missing === "create"} onChange={(event) => onEdit({ missing: event.target.checked ? "create" : "reject" })}>
                  {t("imports.create_missing")}
                </Checkbox>
              )}
            </>
          )}
        </div>
      </td>
    </tr>
  );
}
