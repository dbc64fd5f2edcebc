import { lazy } from "react";
import { formatNumber } from "@/lib/formats";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { numberLiteral } from "../literals";
import { numberOperators } from "../operators";
import { Blank } from "../shared/Blank";
import { NumberFilter } from "../shared/NumberFilter";
import { numberFault } from "../shared/numbers";

function IntegerDisplay({ value, place }: DisplayProps) {
  return isBlank(value) ? <Blank place={place} /> : <span className="num">{formatNumber(value as string)}</span>;
}

/** A whole number. */
export const fieldType: FieldType = {
  name: "integer",
  Display: IntegerDisplay,
  Edit: lazy(async () => ({ default: (await import("./IntegerEdit")).IntegerEdit })),
  operators: numberOperators,
  FilterEdit: NumberFilter,
  text: (value) => formatNumber(value as string | null),
  literal: numberLiteral,
  fault: numberFault,
  align: "right",
  width: 88,
  isSummed: true,
};
