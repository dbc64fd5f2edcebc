import { lazy } from "react";
import { formatNumber } from "@/lib/formats";
import type { AppField } from "@/lib/wire";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { fieldType as integer } from "../integer/type";
import { Blank } from "../shared/Blank";

/** Decimal places of a field: its own setting, else that of what it computes. */
const scaleOf = (field: AppField): number | null =>
  typeof field.options.scale === "number" ? field.options.scale : field.value.scale;

function DecimalDisplay({ field, value, place }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  return <span className="num">{formatNumber(value as string, scaleOf(field))}</span>;
}

/** An exact number with decimal places. */
export const fieldType: FieldType = {
  ...integer,
  name: "decimal",
  Display: DecimalDisplay,
  Edit: lazy(async () => ({ default: (await import("../shared/NumberEdit")).NumberEdit })),
  text: (value, field) => formatNumber(value as string | null, scaleOf(field)),
  width: 104,
};
