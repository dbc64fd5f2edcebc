import i18next from "i18next";
import { lazy } from "react";
import { currentZone, formatDate, formatInstant } from "@/lib/formats";
import { fieldType as date } from "../date/type";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { instantLiteral } from "../literals";
import { instantOperators } from "../operators";
import { Blank } from "../shared/Blank";

function DatetimeDisplay({ value, place }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  const title = `${formatInstant(String(value), { seconds: true })} (${currentZone()})`;
  return <time className="num" dateTime={String(value)} title={title}>{formatInstant(String(value), { brief: place === "row" })}</time>;
}

/** An instant, shown in the workspace's zone. Conditions are about days there. */
export const fieldType: FieldType = {
  ...date,
  name: "datetime",
  Display: DatetimeDisplay,
  Edit: lazy(async () => ({ default: (await import("./DatetimeEdit")).DatetimeEdit })),
  operators: instantOperators,
  text: (value) => {
    const text = String(value ?? "");
    if (/^\d{1,5}$/.test(text)) return i18next.t("operator.days", { count: Number(text) });
    return /^\d{4}-\d{2}-\d{2}$/.test(text) ? formatDate(text) : formatInstant(text);
  },
  literal: instantLiteral,
  width: 140,
};
