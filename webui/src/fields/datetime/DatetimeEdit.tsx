import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { fromWall, toWall } from "@/lib/formats";
import type { EditProps } from "../fieldType";

/** An instant by the wall clock of the workspace's zone. */
export function DatetimeEdit({ value, onChange, ids, isWrong, autoFocus, onBlur, isCell }: EditProps) {
  const { t } = useTranslation();
  const wall = typeof value === "string" && value ? dayjs(toWall(value)) : null;
  return (
    <DatePicker
      {...ids}
      showTime={{ format: "HH:mm" }}
      value={wall?.isValid() ? wall : null}
      format="YYYY-MM-DD HH:mm"
      placeholder={t("field.choose_date")}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      needConfirm={false}
      style={{ width: "100%" }}
      onChange={(next) => onChange(next ? fromWall(next.format("YYYY-MM-DDTHH:mm:ss")) : null)}
      onBlur={onBlur}
    />
  );
}
