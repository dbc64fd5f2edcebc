import { lazy } from "react";
import { listText } from "@/lib/problems";
import { Tag } from "@/ui/Tag";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { optionsOperators } from "../operators";
import { toneOfOption } from "../select/options";
import { fieldType as select, optionText } from "../select/type";
import { Blank } from "../shared/Blank";

function MultiSelectDisplay({ field, value, place }: DisplayProps) {
  if (isBlank(value) || !Array.isArray(value)) return <Blank place={place} />;
  return (
    <span style={{ display: "inline-flex", flexWrap: place === "page" ? "wrap" : "nowrap", gap: 4 }}>
      {value.map((each) => (
        <Tag key={String(each)} tone={toneOfOption(field, String(each))}>{optionText(each, field)}</Tag>
      ))}
    </span>
  );
}

/** Any number of options. */
export const fieldType: FieldType = {
  ...select,
  name: "multi_select",
  Display: MultiSelectDisplay,
  Edit: lazy(async () => ({ default: (await import("./MultiSelectEdit")).MultiSelectEdit })),
  operators: optionsOperators,
  text: (value, field) =>
    Array.isArray(value) ? listText(value.map((each) => optionText(each, field))) : optionText(value, field),
  width: 180,
};
