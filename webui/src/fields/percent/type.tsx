import { lazy } from "react";
import { formatPercent } from "@/lib/formats";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { fieldType as integer } from "../integer/type";
import { percentLiteral } from "../literals";
import { Blank } from "../shared/Blank";

function PercentDisplay({ value, place }: DisplayProps) {
  return isBlank(value) ? <Blank place={place} /> : <span className="num">{formatPercent(value as string)}</span>;
}

/** A share; "0.125" on the wire is 12.5%. */
export const fieldType: FieldType = {
  ...integer,
  name: "percent",
  Display: PercentDisplay,
  Edit: lazy(async () => ({ default: (await import("./PercentEdit")).PercentEdit })),
  text: (value) => formatPercent(value as string | null),
  literal: percentLiteral,
  width: 92,
  isSummed: false,
};
