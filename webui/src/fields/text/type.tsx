import { lazy } from "react";
import type { FieldType } from "../fieldType";
import { textLiteral } from "../literals";
import { textOperators } from "../operators";
import { TextDisplay } from "../shared/TextDisplay";
import { TextFilter } from "../shared/TextFilter";
import { plainText, textFault } from "../shared/texts";

/** A line of text. */
export const fieldType: FieldType = {
  name: "text",
  Display: TextDisplay,
  Edit: lazy(async () => ({ default: (await import("../shared/TextEdit")).TextEdit })),
  operators: textOperators,
  FilterEdit: TextFilter,
  text: plainText,
  literal: textLiteral,
  fault: textFault,
  width: 140,
};
