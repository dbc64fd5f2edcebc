import { lazy } from "react";
import { labelText } from "@/lib/i18n";
import type { AppField, Json } from "@/lib/wire";
import { Tag } from "@/ui/Tag";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { textLiteral } from "../literals";
import { optionOperators } from "../operators";
import { Blank } from "../shared/Blank";
import { optionOf, toneOfOption } from "./options";

function SelectDisplay({ field, value, place }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  return <Tag tone={toneOfOption(field, String(value))} dot>{optionText(value, field)}</Tag>;
}

/** The label of an option; what is no option stands as it is. */
export function optionText(value: Json | undefined, field: AppField): string {
  if (isBlank(value)) return "";
  const option = optionOf(field, String(value));
  return option ? labelText(option.label) : String(value);
}

/** One of a few options. */
export const fieldType: FieldType = {
  name: "select",
  Display: SelectDisplay,
  Edit: lazy(async () => ({ default: (await import("./SelectEdit")).SelectEdit })),
  operators: optionOperators,
  FilterEdit: lazy(async () => ({ default: (await import("./OptionFilter")).OptionFilter })),
  text: optionText,
  literal: textLiteral,
  width: 108,
};
