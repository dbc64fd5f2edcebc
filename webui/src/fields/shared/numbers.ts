import type { AppField, Json } from "@/lib/wire";
import type { Fault } from "../fieldType";

const scaled = (text: string): [bigint, number] => {
  const [whole = "0", decimals = ""] = text.replace("-", "").split(".");
  const value = BigInt(whole + decimals);
  return [text.startsWith("-") ? -value : value, decimals.length];
};

/** Exactly compare two decimals: below zero, zero or above. */
export function compareDecimals(one: string, other: string): number {
  const [a, aPlaces] = scaled(one);
  const [b, bPlaces] = scaled(other);
  const places = Math.max(aPlaces, bPlaces);
  const difference = a * 10n ** BigInt(places - aPlaces) - b * 10n ** BigInt(places - bPlaces);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** What speaks against a number: no number at all, too many places, out of the range. */
export function numberFault(value: Json | undefined, field: AppField): Fault {
  if (value === null || value === undefined || value === "") return null;
  const text = String(value);
  if (!/^-?\d+(\.\d+)?$/.test(text)) return { key: "field.number_bad" };
  const scale = field.type === "integer" ? 0 : Number(field.options.scale ?? 12);
  const places = (text.split(".")[1] ?? "").replace(/0+$/, "").length;
  if (places > scale) return scale === 0 ? { key: "field.whole_bad" } : { key: "field.scale_bad", params: { count: scale } };
  const { min, max } = field.options as { min?: string | number; max?: string | number };
  if (min !== undefined && compareDecimals(text, String(min)) < 0) return { key: "field.at_least", params: { min: String(min) } };
  if (max !== undefined && compareDecimals(text, String(max)) > 0) return { key: "field.at_most", params: { max: String(max) } };
  return null;
}
