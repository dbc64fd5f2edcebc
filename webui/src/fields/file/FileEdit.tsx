import { Upload, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { send } from "@/lib/api";
import { formatBytes } from "@/lib/formats";
import { errorText } from "@/lib/problems";
import type { Json } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import type { EditProps } from "../fieldType";
import { fileOf } from "./type";

/** Choose a file; it is uploaded at once and belongs to the record once that is saved. */
export function FileEdit({ field, value, onChange, ids, onBlur }: EditProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");
  const file = fileOf(value);
  const most = Number(field.options.max_bytes ?? 0);
  const upload = async (chosen: File) => {
    if (most && chosen.size > most) return setWrong(t("field.too_large", { size: formatBytes(most) }));
    setBusy(true);
    setWrong("");
    const form = new FormData();
    form.set("file", chosen);
    try {
      const { data } = await send<Json>("POST", "/api/v1/files", { form, timeoutMs: 600_000 });
      onChange(data);
    } catch (error) {
      setWrong(t("field.upload_failed", { why: errorText(error) }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div style={{ display: "flex", flexWrap: "wrap", alignItems: "center", gap: 8, minHeight: 32 }}>
      {file && (
        <>
          <span>{file.name} <span style={{ color: "var(--text3)" }}>{formatBytes(file.size)}</span></span>
          <IconButton icon={X} size={14} label={t("field.remove_file", { name: file.name })} onClick={() => onChange(null)} />
        </>
      )}
      <Button small icon={<Upload />} busy={isBusy} onClick={() => input.current?.click()}>
        {isBusy ? t("field.uploading") : t("field.upload")}
      </Button>
      <input
        {...ids}
        ref={input}
        type="file"
        className="visually-hidden"
        tabIndex={-1}
        accept={Array.isArray(field.options.accept) ? field.options.accept.join(",") : undefined}
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          if (chosen) void upload(chosen);
          event.target.value = "";
        }}
        onBlur={onBlur}
      />
      {wrong && <div role="alert" style={{ width: "100%", color: "var(--errT)", fontSize: 12 }}>{wrong}</div>}
    </div>
  );
}
