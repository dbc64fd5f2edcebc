import i18next from "i18next";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { Blank } from "../shared/Blank";
import { NoFilter } from "../shared/NoFilter";
import { LinesTable } from "./LinesTable";

function LinesDisplay({ field, value, place }: DisplayProps) {
  const { t } = useTranslation();
  if (isBlank(value) || !Array.isArray(value)) return place === "page" ? <span>{t("record.lines_empty")}</span> : <Blank place={place} />;
  if (place === "row") return <span>{t("field.lines", { count: value.length })}</span>;
  return <LinesTable field={field} lines={value} />;
}

/** Rows inside the record, each with fields of its own. */
export const fieldType: FieldType = {
  name: "lines",
  Display: LinesDisplay,
  Edit: lazy(async () => ({ default: (await import("./LinesEdit")).LinesEdit })),
  operators: [],
  FilterEdit: NoFilter,
  text: (value) => (Array.isArray(value) ? i18next.t("field.lines", { count: value.length }) : ""),
  literal: () => "BLANK",
  width: 88,
  isWide: true,
  blank: [],
};
