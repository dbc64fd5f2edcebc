import { Popover } from "antd";
import { useTranslation } from "react-i18next";
import { Conditions } from "@/render/conditions/Conditions";
import { FormulaSlot } from "@/render/formula/FormulaSlot";
import type { Slot } from "@/render/formula/formulaApi";
import { FormulaWords } from "@/render/formula/FormulaWords";
import styles from "./DecisionTable.module.css";
import type { FactorRow } from "./rulesModel";

/** For whom a rule counts and the most that it gives; both are edited in one place. */
export function AudienceCell({ row, audience, cap, onChange }: {
  row: FactorRow;
  audience: Slot;
  cap: Slot;
  onChange: (values: Partial<Pick<FactorRow, "audience" | "cap">>) => void;
}) {
  const { t } = useTranslation();
  return (
    <Popover
      trigger="click"
      destroyOnHidden
      content={
        <div className={styles.pop}>
          <div className={styles.label}>{t("rules.audience")}</div>
          <Conditions text={row.audience ?? ""} slot={audience} title={t("rules.audience")} always={t("rules.everybody")} onChange={(text) => onChange({ audience: text })} />
          <div className={styles.label}>{t("rules.cap")}</div>
          <FormulaSlot title={t("rules.cap")} text={row.cap ?? ""} slot={cap} addText={t("rules.add_cap")} onChange={(text) => onChange({ cap: text })} />
        </div>
      }
    >
      <button type="button" className={styles.cell}>
        {row.audience ? <FormulaWords text={row.audience} slot={audience} /> : t("rules.everybody")}
        {row.cap && <span className={styles.cap}>{t("rules.at_most")} <FormulaWords text={row.cap} slot={cap} /></span>}
      </button>
    </Popover>
  );
}
