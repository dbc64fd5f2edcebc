import type { EditProps } from "../fieldType";
import { PersonSelect } from "./PersonSelect";

/** One person. */
export function UserEdit({ value, onChange, ...rest }: EditProps) {
  return <PersonSelect {...rest} chosen={typeof value === "number" ? [value] : []} onChoose={([id]) => onChange(id ?? null)} />;
}
