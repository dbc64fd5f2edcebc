import { Paperclip } from "lucide-react";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "@/lib/formats";
import type { Json } from "@/lib/wire";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { presenceOperators } from "../operators";
import { Blank } from "../shared/Blank";
import { NoFilter } from "../shared/NoFilter";

/** What a record keeps of a file. */
export interface FileValue {
  id: string;
  name: string;
  size: number;
  media_type: string;
}

export function fileOf(value: Json | undefined): FileValue | null {
  return value && typeof value === "object" && !Array.isArray(value) ? (value as unknown as FileValue) : null;
}

function FileDisplay({ value, place }: DisplayProps) {
  const { t } = useTranslation();
  const file = fileOf(value);
  if (isBlank(value) || !file) return <Blank place={place} />;
  const name = (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 4 }}>
      <Paperclip size={14} strokeWidth={1.75} aria-hidden />
      {file.name}
    </span>
  );
  if (place === "row") return name;
  return (
    <span>
      <a href={`/api/v1/files/${file.id}`} download={file.name} aria-label={t("field.download", { name: file.name })}>{name}</a>{" "}
      <span style={{ color: "var(--text3)" }}>{formatBytes(file.size)}</span>
    </span>
  );
}

/** An uploaded file. */
export const fieldType: FieldType = {
  name: "file",
  Display: FileDisplay,
  Edit: lazy(async () => ({ default: (await import("./FileEdit")).FileEdit })),
  operators: presenceOperators,
  FilterEdit: NoFilter,
  text: (value) => fileOf(value)?.name ?? "",
  literal: () => "BLANK",
  width: 180,
};
