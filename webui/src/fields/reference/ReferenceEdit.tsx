import type { Json } from "@/lib/wire";
import type { EditProps } from "../fieldType";
import { RecordSelect } from "./RecordSelect";
import { useChosen } from "./useChosen";

/** One record. The value becomes the record itself, so that its name is known everywhere; it is sent as its id. */
export function ReferenceEdit({ field, value, onChange, ...rest }: EditProps) {
  const chosen = useChosen(field.to, value === null || value === undefined ? [] : [value]);
  return <RecordSelect {...rest} to={field.to} chosen={chosen} onChoose={([record]) => onChange((record ?? null) as Json)} />;
}
