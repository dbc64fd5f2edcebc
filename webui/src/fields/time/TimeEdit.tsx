import { TimePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import type { EditProps } from "../fieldType";

/** A time of day. */
export function TimeEdit({ value, onChange, ids, isWrong, autoFocus, onBlur, isCell }: EditProps) {
  const { t } = useTranslation();
  const shown = typeof value === "string" && value ? dayjs(`2000-01-01T${value}`) : null;
  return (
    <TimePicker
      {...ids}
      value={shown?.isValid() ? shown : null}
      format="HH:mm"
      placeholder={t("field.choose_time")}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      needConfirm={false}
      style={{ width: "100%" }}
      onChange={(next) => onChange(next ? next.format("HH:mm:ss") : null)}
      onBlur={onBlur}
    />
  );
}
