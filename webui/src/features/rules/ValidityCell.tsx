import { DatePicker, Input, Popover, Segmented } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { focusInput } from "@/ui/focus";
import { daysText, readDays, type Days } from "./days";
import styles from "./DecisionTable.module.css";
import type { FactorRow } from "./rulesModel";

type Sort = "always" | "dates" | "yearly";

/** On which days a rule counts: always, between two days, or on days of each year; typed, or chosen in a calendar. */
export function ValidityCell({ row, isOpen, onOpen, onChange }: {
  row: FactorRow;
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
  onChange: (values: Partial<Days>) => void;
}) {
  const { t } = useTranslation();
  const text = {
    always: t("rules.for_ever"),
    dates: t("rules.from_to", { from: row.from ?? "…", to: row.to ?? "…" }),
    yearly: t("rules.each_year", { from: row.yearly?.from, to: row.yearly?.to }),
  }[sortOf(row)];
  return (
    <Popover open={isOpen} onOpenChange={onOpen} trigger="click" destroyOnHidden
      content={<DaysEdit row={row} onDone={() => onOpen(false)} onChange={onChange} />}>
      <button type="button" className={styles.cell} aria-label={t("rules.valid_is", { days: text })} aria-haspopup="dialog" aria-expanded={isOpen}>{text}</button>
    </Popover>
  );
}

function sortOf(row: Days): Sort {
  return row.yearly ? "yearly" : row.from || row.to ? "dates" : "always";
}

function DaysEdit({ row, onDone, onChange }: { row: FactorRow; onDone: () => void; onChange: (values: Partial<Days>) => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Sort>(sortOf(row));
  const [typed, setTyped] = useState(daysText(row));
  const said = readDays(typed);
  const put = (days: Days) => onChange({ from: undefined, to: undefined, yearly: undefined, ...days });
  const choose = (next: Sort) => {
    setChosen(next);
    if (next !== "always") return;
    setTyped("");
    put({});
  };
  const pick = (days: Days) => {
    setTyped(daysText(days));
    put(days);
  };
  return (
    <div className={styles.pop}>
      <Input ref={focusInput} value={typed} placeholder={t("rules.type_days")} aria-label={t("rules.valid")} aria-invalid={!said || undefined} status={said ? undefined : "error"}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.nativeEvent.isComposing || !said) return;
          if (daysText(said) !== daysText(row)) put(said);
          onDone();
        }} />
      {!said && <span role="alert" className={styles.wrong}>{t("rules.no_days")}</span>}
      <Segmented<Sort> value={chosen} onChange={choose} aria-label={t("rules.valid")} options={(["always", "dates", "yearly"] as const).map((value) => ({ value, label: t(`rules.validity.${value}`) }))} />
      {chosen === "dates" && (
        <DatePicker.RangePicker
          allowEmpty={[true, true]}
          value={[row.from ? dayjs(row.from) : null, row.to ? dayjs(row.to) : null]}
          onChange={(days) => pick({ ...(days?.[0] && { from: days[0].format("YYYY-MM-DD") }), ...(days?.[1] && { to: days[1].format("YYYY-MM-DD") }) })}
        />
      )}
      {chosen === "yearly" && (
        <DatePicker.RangePicker
          format="MM-DD"
          value={row.yearly ? [dayjs(`2024-${row.yearly.from}`), dayjs(`2024-${row.yearly.to}`)] : null}
          onChange={(days) => {
            const [from, to] = [days?.[0]?.format("MM-DD"), days?.[1]?.format("MM-DD")];
            pick(from && to ? { yearly: { from, to } } : {});
          }}
        />
      )}
    </div>
  );
}
