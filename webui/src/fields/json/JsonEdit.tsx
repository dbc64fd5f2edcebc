import { Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Json } from "@/lib/wire";
import type { EditProps } from "../fieldType";

/** JSON as text; what is not well-formed yet stays here and is not handed on. */
export function JsonEdit({ value, onChange, ids, isWrong, autoFocus, onBlur }: EditProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<string | null>(null);
  const [isBroken, setBroken] = useState(false);
  const shown = draft ?? (value === null || value === undefined ? "" : JSON.stringify(value, null, 2));
  const write = (text: string) => {
    setDraft(text);
    try {
      onChange(text.trim() === "" ? null : (JSON.parse(text) as Json));
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return (
    <div>
      <Input.TextArea
        {...ids}
        className="mono growing"
        value={shown}
        rows={3}
        spellCheck={false}
        status={isWrong || isBroken ? "error" : undefined}
        autoFocus={autoFocus}
        onChange={(event) => write(event.target.value)}
        onBlur={onBlur}
      />
      {isBroken && <div style={{ color: "var(--errT)", fontSize: 12 }}>{t("field.json_bad")}</div>}
    </div>
  );
}
