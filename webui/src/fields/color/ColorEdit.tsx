import { Input } from "antd";
import { useTranslation } from "react-i18next";
import type { EditProps } from "../fieldType";

/** A colour: written, or picked with the browser's own picker. */
export function ColorEdit({ value, onChange, ids, isWrong, autoFocus, onBlur, isCell }: EditProps) {
  const { t } = useTranslation();
  const color = typeof value === "string" ? value : "";
  return (
    <Input
      {...ids}
      className="mono"
      value={color}
      maxLength={7}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      prefix={
        <input
          type="color"
          aria-label={t("field.color")}
          value={/^#[0-9a-f]{6}$/i.test(color) ? color : "#888888"}
          style={{ width: 20, height: 20, padding: 0, border: 0, background: "none", cursor: "pointer" }}
          onChange={(event) => onChange(event.target.value)}
        />
      }
      onChange={(event) => onChange(event.target.value || null)}
      onBlur={onBlur}
    />
  );
}
