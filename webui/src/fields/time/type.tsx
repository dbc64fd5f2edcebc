import { lazy } from "react";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { presenceOperators } from "../operators";
import { Blank } from "../shared/Blank";
import { NoFilter } from "../shared/NoFilter";

/** Without seconds where there are none. */
const written = (value: unknown): string => String(value ?? "").replace(/^(\d{2}:\d{2}):00$/, "$1");

function TimeDisplay({ value, place }: DisplayProps) {
  return isBlank(value) ? <Blank place={place} /> : <span className="num">{written(value)}</span>;
}

/** A time of day. */
export const fieldType: FieldType = {
  name: "time",
  Display: TimeDisplay,
  Edit: lazy(async () => ({ default: (await import("./TimeEdit")).TimeEdit })),
  operators: presenceOperators,
  FilterEdit: NoFilter,
  text: written,
  literal: () => "BLANK",
  width: 88,
};
