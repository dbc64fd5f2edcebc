import type { Json } from "@/lib/wire";
import type { EditProps } from "../fieldType";
import { NumberEdit } from "../shared/NumberEdit";
import { movePoint } from "./movePoint";

/** A share as people write it: 12.5 stands for "0.125". */
export function PercentEdit({ value, onChange, ...rest }: EditProps) {
  const shown = typeof value === "string" || typeof value === "number" ? movePoint(String(value), 2) : value;
  const write = (next: Json) => onChange(typeof next === "string" || typeof next === "number" ? movePoint(String(next), -2) : next);
  return <NumberEdit {...rest} value={shown} onChange={write} unit="%" />;
}
