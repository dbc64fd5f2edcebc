import { Input } from "antd";
import type { EditProps } from "../fieldType";

const MODES = { email: "email", phone: "tel", url: "url" } as const;

/** A line of text. */
export function TextEdit({ field, value, onChange, ids, isWrong, autoFocus, onBlur, isCell }: EditProps) {
  const mode = MODES[field.type as keyof typeof MODES];
  const most = field.options.max_length;
  return (
    <Input
      {...ids}
      value={typeof value === "string" ? value : ""}
      maxLength={typeof most === "number" ? most : undefined}
      inputMode={mode}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
      onBlur={onBlur}
    />
  );
}
