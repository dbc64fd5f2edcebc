import { lazy } from "react";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { presenceOperators } from "../operators";
import { Blank } from "../shared/Blank";
import { NoFilter } from "../shared/NoFilter";

function JsonDisplay({ value, place }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  if (place === "row") return <span className="mono">{JSON.stringify(value)}</span>;
  return (
    <pre className="mono" style={{ margin: 0, maxHeight: 320, overflow: "auto", fontSize: 12, whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}

/** Any JSON value; what an unknown type is shown as, too. */
export const fieldType: FieldType = {
  name: "json",
  Display: JsonDisplay,
  Edit: lazy(async () => ({ default: (await import("./JsonEdit")).JsonEdit })),
  operators: presenceOperators,
  FilterEdit: NoFilter,
  text: (value) => (isBlank(value) ? "" : JSON.stringify(value)),
  literal: () => "BLANK",
  width: 200,
  isWide: true,
};
