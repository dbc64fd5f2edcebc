import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import type { EditProps } from "../fieldType";
import { optionsOf } from "../select/options";

/** A choice of several. */
export function MultiSelectEdit({ field, value, onChange, ids, isWrong, autoFocus, onBlur, isCell }: EditProps) {
  const { t } = useTranslation();
  return (
    <Select
      {...ids}
      mode="multiple"
      value={Array.isArray(value) ? value.map(String) : []}
      options={optionsOf(field).map((option) => ({ value: option.value, label: labelText(option.label) }))}
      showSearch={{ optionFilterProp: "label" }}
      placeholder={t("field.choose")}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      style={{ width: "100%" }}
      onChange={(next) => onChange(next.length ? next : null)}
      onBlur={onBlur}
    />
  );
}
