import i18next from "i18next";
import { lazy } from "react";
import { formatDate } from "@/lib/formats";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { dateLiteral } from "../literals";
import { dateOperators } from "../operators";
import { Blank } from "../shared/Blank";

function DateDisplay({ value, place }: DisplayProps) {
  return isBlank(value) ? <Blank place={place} /> : <span className="num">{formatDate(String(value))}</span>;
}

/** A day; raw texts of conditions are days, or a number of days. */
export const fieldType: FieldType = {
  name: "date",
  Display: DateDisplay,
  Edit: lazy(async () => ({ default: (await import("./DateEdit")).DateEdit })),
  operators: dateOperators,
  FilterEdit: lazy(async () => ({ default: (await import("./DateFilter")).DateFilter })),
  text: (value) =>
    /^\d{1,5}$/.test(String(value)) ? i18next.t("operator.days", { count: Number(value) }) : formatDate(value as string | null),
  literal: dateLiteral,
  width: 104,
};
