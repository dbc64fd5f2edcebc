import type { AppField, Json } from "@/lib/wire";
import type { Fault } from "../fieldType";

/** The text of a text. */
export const plainText = (value: Json | undefined): string => (value === null || value === undefined ? "" : String(value));

/** Whether a text has the length that its field wants. */
export function textFault(value: Json | undefined, field: AppField): Fault {
  if (typeof value !== "string" || value === "") return null;
  const length = [...value].length;
  const { min_length: least, max_length: most } = field.options as { min_length?: number; max_length?: number };
  if (typeof most === "number" && length > most) return { key: "errors.too_long", params: { limit: most } };
  if (typeof least === "number" && length < least) return { key: "errors.too_short", params: { limit: least } };
  return null;
}
