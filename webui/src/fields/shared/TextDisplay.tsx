import type { DisplayProps } from "../fieldType";
import { isBlank } from "../fieldType";
import { Blank } from "./Blank";

/** A text as it is; on one line in a list. */
export function TextDisplay({ value, place }: DisplayProps) {
  if (isBlank(value)) return <Blank place={place} />;
  return <span style={place === "page" ? { whiteSpace: "pre-wrap", overflowWrap: "anywhere" } : undefined}>{String(value)}</span>;
}
