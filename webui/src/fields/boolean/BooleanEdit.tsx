import { Switch } from "antd";
import type { EditProps } from "../fieldType";

/** On or off. */
export function BooleanEdit({ value, onChange, ids, autoFocus, onBlur }: EditProps) {
  return (
    <span style={{ display: "flex", alignItems: "center", minHeight: 32 }} onBlur={onBlur}>
      <Switch {...ids} size="small" checked={value === true} onChange={(next) => onChange(next)} autoFocus={autoFocus} />
    </span>
  );
}
