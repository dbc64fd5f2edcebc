import { DatePicker, Popover, Segmented } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./DecisionTable.module.css";
import type { FactorRow } from "./rulesModel";

type Sort = "always" | "dates" | "yearly";
type Values = Pick<FactorRow, "from" | "to" | "yearly">;

/** On which days a rule counts: always, between two days, or on days of each year. */
export function ValidityCell({ row, onChange }: { row: FactorRow; onChange: (values: Partial<Values>) => void }) {
  const { t } = useTranslation();
  const sort: Sort = row.yearly ? "yearly" : row.from || row.to ? "dates" : "always";
  const [chosen, setChosen] = useState<Sort>(sort);
  const text = {
    always: t("rules.for_ever"),
    dates: t("rules.from_to", { from: row.from ?? "…", to: row.to ?? "…" }),
    yearly: t("rules.each_year", { from: row.yearly?.from, to: row.yearly?.to }),
  }[sort];
  const choose = (next: Sort) => {
    setChosen(next);
    if (next === "always") onChange({ from: undefined, to: undefined, yearly: undefined });
  };
  return (
    <Popover
      trigger="click"
      destroyOnHidden
      onOpenChange={(isOpen) => isOpen && setChosen(sort)}
      content={
        <div className={styles.pop}>
          <Segmented<Sort> value={chosen} onChange={choose} options={(["always", "dates", "yearly"] as const).map((value) => ({ value, label: t(`rules.validity.${value}`) }))} />
          {chosen === "dates" && (
            <DatePicker.RangePicker
              allowEmpty={[true, true]}
              value={[row.from ? dayjs(row.from) : null, row.to ? dayjs(row.to) : null]}
              onChange={(days) => onChange({ from: days?.[0]?.format("YYYY-MM-DD"), to: days?.[1]?.format("YYYY-MM-DD"), yearly: undefined })}
            />
          )}
          {chosen === "yearly" && (
            <DatePicker.RangePicker
              format="MM-DD"
              value={row.yearly ? [dayjs(`2024-${row.yearly.from}`), dayjs(`2024-${row.yearly.to}`)] : null}
              onChange={(days) => {
                const [from, to] = [days?.[0]?.format("MM-DD"), days?.[1]?.format("MM-DD")];
                onChange({ from: undefined, to: undefined, yearly: from && to ? { from, to } : undefined });
              }}
            />
          )}
        </div>
      }
    >
      <button type="button" className={styles.cell}>{text}</button>
    </Popover>
  );
}
