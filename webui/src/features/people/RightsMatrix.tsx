import { Check, EyeOff, Lock, VenetianMask } from "lucide-react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { listText } from "@/lib/problems";
import { ConditionWords } from "./ConditionWords";
import styles from "./People.module.css";
import type { EntityRights } from "./peopleApi";

const ACTIONS = ["read", "create", "update", "delete"] as const;

/** What may be done with which records and fields: a line for each entity, its condition in words. */
export function RightsMatrix({ rights, label }: { rights: readonly EntityRights[]; label: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.matrixBox} role="region" aria-label={label} tabIndex={0}>
      <table className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col">{t("people.entity")}</th>
            {ACTIONS.map((action) => <th key={action} scope="col" className={styles.tick}>{t(`people.may_${action}`)}</th>)}
            <th scope="col">{t("people.which")}</th>
          </tr>
        </thead>
        <tbody>
          {rights.map((each, index) => (
            <tr key={`${each.entity} ${index}`}>
              <th scope="row">{labelText(each.label)}</th>
              {ACTIONS.map((action) => (
                <td key={action} className={styles.tick}>
                  {each.actions.includes(action)
                    ? <><Check size={15} strokeWidth={2} aria-hidden className={styles.yes} /><span className="visually-hidden">{t("state.yes")}</span></>
                    : <span className={styles.no}><span aria-hidden>–</span><span className="visually-hidden">{t("state.no")}</span></span>}
                </td>
              ))}
              <td><Scope rights={each} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Which records, and which of their fields are hidden, read only or shown in part. */
function Scope({ rights }: { rights: EntityRights }) {
  const { t } = useTranslation();
  const names = (fields: EntityRights["hidden"]) => listText(fields.map((field) => labelText(field.label)));
  return (
    <div className={styles.scope}>
      <span>{rights.where ? <ConditionWords text={rights.where} entity={rights.entity} /> : t("people.all_records")}</span>
      {Object.entries(rights.conditions).map(([action, text]) => (
        <span key={action} className={styles.small}>{t(`people.may_${action as "update"}`)}: <ConditionWords text={text} entity={rights.entity} /></span>
      ))}
      {rights.hidden.length > 0 && <span className={styles.small}><EyeOff size={13} aria-hidden /> {t("people.hidden", { names: names(rights.hidden) })}</span>}
      {rights.read_only.length > 0 && <span className={styles.small}><Lock size={13} aria-hidden /> {t("people.read_only", { names: names(rights.read_only) })}</span>}
      {rights.masks.length > 0 && <span className={styles.small}><VenetianMask size={13} aria-hidden /> {t("people.masked", { names: names(rights.masks) })}</span>}
    </div>
  );
}
