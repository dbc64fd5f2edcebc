import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { Blank } from "../shared/Blank";
import { fieldType as text } from "../text/type";

function PhoneDisplay({ value, place, field }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  const shown = <span className="num">{String(value)}</span>;
  return place === "page" && !field.masked ? <a href={`tel:${String(value)}`}>{shown}</a> : shown;
}

/** A telephone number, kept without spaces. */
export const fieldType: FieldType = {
  ...text,
  name: "phone",
  Display: PhoneDisplay,
  fault: (value) =>
    typeof value === "string" && value && !/^\+?[0-9]{3,20}$/.test(value.replace(/[ ()\-./]/g, "")) ? { key: "field.phone_bad" } : null,
  width: 124,
};
