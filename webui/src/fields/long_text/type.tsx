import { lazy } from "react";
import type { FieldType } from "../fieldType";
import { fieldType as text } from "../text/type";

/** A text of several lines. */
export const fieldType: FieldType = {
  ...text,
  name: "long_text",
  Edit: lazy(async () => ({ default: (await import("./LongTextEdit")).LongTextEdit })),
  width: 240,
  isWide: true,
};
