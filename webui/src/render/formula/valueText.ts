import { formatNumber } from "@/lib/formats";

/** A value of a formula for people: numbers grouped, nothing as the given word, records by their names. */
export function valueText(value: unknown, empty: string): string {
  if (value === null || value === undefined || value === "") return empty;
  if (typeof value === "boolean") return value ? "✓" : "✗";
  if (typeof value === "number" || (typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value))) return formatNumber(value);
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((each) => valueText(each, empty)).join(", ");
  const named = value as { title?: unknown; name?: unknown; id?: unknown };
  return String(named.title ?? named.name ?? named.id ?? JSON.stringify(value));
}
