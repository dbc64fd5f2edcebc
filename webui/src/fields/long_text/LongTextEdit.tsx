import { Input } from "antd";
import type { EditProps } from "../fieldType";

/** Several lines; the box grows with them. */
export function LongTextEdit({ field, value, onChange, ids, isWrong, autoFocus, onBlur, isCell }: EditProps) {
  const most = field.options.max_length;
  return (
    <Input.TextArea
      {...ids}
      value={typeof value === "string" ? value : ""}
      maxLength={typeof most === "number" ? most : undefined}
      className="growing"
      rows={isCell ? 1 : 3}
      status={isWrong ? "error" : undefined}
      autoFocus={autoFocus}
      onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
      onBlur={onBlur}
    />
  );
}
