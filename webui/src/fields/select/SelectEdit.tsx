import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import type { EditProps } from "../fieldType";
import { optionsOf } from "./options";

/** A choice of one. */
export function SelectEdit({ field, value, onChange, ids, isWrong, autoFocus, onBlur, isCell }: EditProps) {
  const { t } = useTranslation();
  const options = optionsOf(field).map((option) => ({ value: option.value, label: labelText(option.label) }));
  return (
    <Select
      {...ids}
      value={typeof value === "string" ? value : null}
      options={options}
      allowClear={!field.required}
      showSearch={options.length > 8 ? { optionFilterProp: "label" } : false}
      placeholder={t("field.choose")}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      style={{ width: "100%" }}
      onChange={(next) => onChange(next ?? null)}
      onBlur={onBlur}
    />
  );
}
