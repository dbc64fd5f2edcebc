import { lazy } from "react";
import { listText } from "@/lib/problems";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { recordsOperators } from "../operators";
import { ReferenceName } from "../reference/ReferenceName";
import { fieldType as reference, referenceText } from "../reference/type";
import { Blank } from "../shared/Blank";

function MultiReferenceDisplay({ field, value, place }: DisplayProps) {
  if (isBlank(value) || !Array.isArray(value)) return <Blank place={place} />;
  return (
    <span>
      {value.map((each, index) => (
        <span key={index}>
          {index > 0 && ", "}
          <ReferenceName to={field.to} value={each} isLink={place === "page"} />
        </span>
      ))}
    </span>
  );
}

/** Any number of records of another entity. */
export const fieldType: FieldType = {
  ...reference,
  name: "multi_reference",
  Display: MultiReferenceDisplay,
  Edit: lazy(async () => ({ default: (await import("./MultiReferenceEdit")).MultiReferenceEdit })),
  operators: recordsOperators,
  path: undefined,
  text: (value) => (Array.isArray(value) ? listText(value.map(referenceText)) : ""),
  width: 200,
};
