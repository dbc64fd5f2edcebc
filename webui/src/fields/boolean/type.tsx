import { Check, Minus } from "lucide-react";
import i18next from "i18next";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import type { DisplayProps, FieldType } from "../fieldType";
import { booleanOperators } from "../operators";
import { NoFilter } from "../shared/NoFilter";

function BooleanDisplay({ value, place }: DisplayProps) {
  const { t } = useTranslation();
  const text = value === true ? t("state.yes") : t("state.no");
  const Icon = value === true ? Check : Minus;
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 4, color: value === true ? undefined : "var(--text3)" }}>
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      <span className={place === "row" ? "visually-hidden" : undefined}>{text}</span>
    </span>
  );
}

/** Yes or no; never blank. */
export const fieldType: FieldType = {
  name: "boolean",
  Display: BooleanDisplay,
  Edit: lazy(async () => ({ default: (await import("./BooleanEdit")).BooleanEdit })),
  operators: booleanOperators,
  FilterEdit: NoFilter,
  text: (value) => i18next.t(value === true ? "state.yes" : "state.no"),
  literal: (raw) => (raw === "true" ? "TRUE" : "FALSE"),
  width: 80,
  blank: false,
};
