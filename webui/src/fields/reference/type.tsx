import { lazy } from "react";
import type { Json } from "@/lib/wire";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { numberLiteral } from "../literals";
import { recordOperators } from "../operators";
import { Blank } from "../shared/Blank";
import { ReferenceName } from "./ReferenceName";
import { ReferenceNames } from "./ReferenceNames";

function ReferenceDisplay({ field, value, place }: DisplayProps) {
  return isBlank(value) ? <Blank place={place} /> : <ReferenceName to={field.to} value={value} isLink={place === "page"} />;
}

/** The text of a reference, as far as it can be known without asking: a name that stands in it, else its number. */
export function referenceText(value: Json | undefined): string {
  if (isBlank(value)) return "";
  if (value && typeof value === "object" && !Array.isArray(value)) {
    const named = value.name ?? value.title ?? value.number ?? value.code;
    return typeof named === "string" && named ? named : `#${String(value.id)}`;
  }
  return `#${String(value)}`;
}

/** A record of another entity. Raw texts of conditions are ids. */
export const fieldType: FieldType = {
  name: "reference",
  Display: ReferenceDisplay,
  Edit: lazy(async () => ({ default: (await import("./ReferenceEdit")).ReferenceEdit })),
  operators: recordOperators,
  FilterEdit: lazy(async () => ({ default: (await import("./ReferenceFilter")).ReferenceFilter })),
  FilterValue: ReferenceNames,
  text: referenceText,
  literal: numberLiteral,
  path: (path) => `${path}.id`,
  width: 140,
};
