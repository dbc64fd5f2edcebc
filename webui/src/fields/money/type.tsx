import { lazy } from "react";
import { formatMoney } from "@/lib/formats";
import type { AppField, Json } from "@/lib/wire";
import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { fieldType as integer } from "../integer/type";
import { Blank } from "../shared/Blank";

/** The currency of an amount: fixed, or in a field beside it. */
export function currencyOf(field: AppField, record?: Readonly<Record<string, Json | undefined>>): string {
  if (typeof field.options.currency === "string") return field.options.currency;
  const beside = record?.[String(field.options.currency_field ?? "")];
  return typeof beside === "string" ? beside : "";
}

const written = (value: Json | undefined, field: AppField, record?: Readonly<Record<string, Json | undefined>>) =>
  formatMoney(value as string | null, currencyOf(field, record), Number(field.options.scale ?? 2));

function MoneyDisplay({ field, value, record, place }: DisplayProps) {
  return isBlank(value) ? <Blank place={place} /> : <span className="num">{written(value, field, record)}</span>;
}

/** An amount of money. */
export const fieldType: FieldType = {
  ...integer,
  name: "money",
  Display: MoneyDisplay,
  Edit: lazy(async () => ({ default: (await import("./MoneyEdit")).MoneyEdit })),
  text: written,
  width: 116,
};
