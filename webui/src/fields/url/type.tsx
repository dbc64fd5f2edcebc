import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { Blank } from "../shared/Blank";
import { fieldType as text } from "../text/type";

function UrlDisplay({ value, place }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  const address = String(value);
  if (place === "row" || !/^https?:\/\//i.test(address)) return <span>{address}</span>;
  return <a href={address} target="_blank" rel="noopener noreferrer">{address}</a>;
}

/** An address of the web. */
export const fieldType: FieldType = {
  ...text,
  name: "url",
  Display: UrlDisplay,
  fault: (value) => (typeof value === "string" && value && !/^https?:\/\/\S+$/i.test(value) ? { key: "field.url_bad" } : null),
  width: 220,
};
