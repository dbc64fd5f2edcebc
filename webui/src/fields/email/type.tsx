import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { Blank } from "../shared/Blank";
import { fieldType as text } from "../text/type";

function EmailDisplay({ value, place }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  return place === "page" ? <a href={`mailto:${String(value)}`}>{String(value)}</a> : <span>{String(value)}</span>;
}

/** An e-mail address. */
export const fieldType: FieldType = {
  ...text,
  name: "email",
  Display: EmailDisplay,
  fault: (value) => (typeof value === "string" && value && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? { key: "field.email_bad" } : null),
  width: 200,
};
