import { Checkbox } from "antd";
import { labelText } from "@/lib/i18n";
import type { FilterEditProps } from "../fieldType";
import { optionsOf } from "./options";

/** Any of the options. */
export function OptionFilter({ field, values, onChange }: FilterEditProps) {
  return (
    <Checkbox.Group
      style={{ display: "grid", gap: 8, maxHeight: 280, overflow: "auto" }}
      value={[...values]}
      options={optionsOf(field).map((option) => ({ value: option.value, label: labelText(option.label) }))}
      onChange={(chosen) => onChange(chosen.map(String))}
    />
  );
}
