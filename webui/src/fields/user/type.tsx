import i18next from "i18next";
import { lazy } from "react";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { numberLiteral } from "../literals";
import { optionOperators } from "../operators";
import { Blank } from "../shared/Blank";
import { PersonName } from "./PersonName";
import { PersonNames } from "./PersonNames";

function UserDisplay({ value, place }: DisplayProps) {
  return isBlank(value) ? <Blank place={place} /> : <PersonName id={Number(value)} />;
}

/** A user of the workspace. */
export const fieldType: FieldType = {
  name: "user",
  Display: UserDisplay,
  Edit: lazy(async () => ({ default: (await import("./UserEdit")).UserEdit })),
  operators: optionOperators,
  FilterEdit: lazy(async () => ({ default: (await import("./UserFilter")).UserFilter })),
  FilterValue: PersonNames,
  text: (value) => (isBlank(value) ? "" : i18next.t("field.user", { id: String(value) })),
  literal: numberLiteral,
  width: 128,
};
