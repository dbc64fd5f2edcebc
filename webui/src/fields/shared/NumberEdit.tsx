import { Input } from "antd";
import { useState } from "react";
import { formatNumber } from "@/lib/formats";
import type { EditProps } from "../fieldType";

/** Full-width digits and signs as people type them under an input method. */
function plain(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[,\s，]/g, "")
    .replace(/[−–—]/g, "-")
    .replace("。", ".");
}

/** An exact number: what is written is kept as text, never turned into a float. sign, unit: before and after it. */
export function NumberEdit({ value, onChange, ids, isWrong, autoFocus, onBlur, isCell, sign, unit, isWhole }: EditProps & {
  sign?: string;
  unit?: string;
  isWhole?: boolean;
}) {
  const shown = value === null || value === undefined ? "" : String(value);
  const [draft, setDraft] = useState<string | null>(null);
  const write = (text: string) => {
    setDraft(text);
    const number = plain(text);
    if (number === "") return onChange(null);
    const isNumber = /^-?\d+(\.\d+)?$/.test(number);
    const isSafe = isWhole && /^-?\d{1,15}$/.test(number);
    onChange(isNumber && isSafe ? Number(number) : isNumber ? number : text);
  };
  return (
    <Input
      {...ids}
      className="num"
      style={{ textAlign: isCell ? "right" : undefined }}
      prefix={sign}
      suffix={unit}
      value={draft ?? (isCell ? formatNumber(shown) || shown : shown)}
      inputMode={isWhole ? "numeric" : "decimal"}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      autoComplete="off"
      onChange={(event) => write(event.target.value)}
      onFocus={() => setDraft(shown)}
      onBlur={() => {
        setDraft(null);
        onBlur?.();
      }}
    />
  );
}
