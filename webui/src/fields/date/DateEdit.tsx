import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { EditProps } from "../fieldType";

/** A day of the calendar; it can be typed too. */
export function DateEdit({ value, onChange, ids, isWrong, autoFocus, onBlur, isCell }: EditProps) {
  const { t } = useTranslation();
  const day = typeof value === "string" && value ? dayjs(value) : null;
  return (
    <DatePicker
      {...ids}
      value={day?.isValid() ? day : null}
      format={["YYYY-MM-DD", "YYYY/M/D", "YYYY.M.D", "YYYYMMDD"]}
      placeholder={t("field.choose_date")}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      style={{ width: "100%" }}
      onChange={(next) => onChange(next ? next.format("YYYY-MM-DD") : null)}
      onBlur={onBlur}
    />
  );
}
