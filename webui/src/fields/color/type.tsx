import { lazy } from "react";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { Blank } from "../shared/Blank";
import { fieldType as text } from "../text/type";

function ColorDisplay({ value, place }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
      <i style={{ width: 14, height: 14, borderRadius: 4, background: String(value), boxShadow: "inset 0 0 0 1px var(--line2)" }} />
      <span className="mono">{String(value)}</span>
    </span>
  );
}

/** A colour, as #rrggbb. */
export const fieldType: FieldType = {
  ...text,
  name: "color",
  Display: ColorDisplay,
  Edit: lazy(async () => ({ default: (await import("./ColorEdit")).ColorEdit })),
  fault: (value) => (typeof value === "string" && value && !/^#[0-9a-f]{6}$/i.test(value) ? { key: "field.color_bad" } : null),
  width: 112,
};
