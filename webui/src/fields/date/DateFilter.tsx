import { DatePicker, Input } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useTranslation } from "react-i18next";
import type { FilterEditProps } from "../fieldType";

/** A day, two days, or a number of days. */
export function DateFilter({ operator, values, onChange, onDone }: FilterEditProps) {
  const { t } = useTranslation();
  if (operator.takes === "days") {
    return (
      <Input
        autoFocus
        inputMode="numeric"
        suffix={t("operator.days_unit")}
        aria-label={t("list.bulk_value")}
        value={values[0] ?? ""}
        onChange={(event) => onChange([event.target.value.replace(/\D/g, "").slice(0, 5)])}
        onPressEnter={onDone}
      />
    );
  }
  const pick = (place: 0 | 1) => (
    <DatePicker
      autoFocus={place === 0}
      style={{ width: "100%" }}
      aria-label={t("field.choose_date")}
      value={/^\d{4}-/.test(values[place] ?? "") ? dayjs(values[place]) : null}
      onChange={(next: Dayjs | null) => {
        const changed = [values[0] ?? "", values[1] ?? ""];
        changed[place] = next?.format("YYYY-MM-DD") ?? "";
        onChange(operator.takes === 2 ? changed : changed.slice(0, 1));
      }}
    />
  );
  return operator.takes === 2 ? <div style={{ display: "grid", gap: 8 }}>{pick(0)}{pick(1)}</div> : pick(0);
}
