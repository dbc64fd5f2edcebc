import type { Json } from "@/lib/wire";
import type { EditProps } from "../fieldType";
import { RecordSelect } from "../reference/RecordSelect";
import { useChosen } from "../reference/useChosen";

/** Several records. */
export function MultiReferenceEdit({ field, value, onChange, ...rest }: EditProps) {
  const chosen = useChosen(field.to, Array.isArray(value) ? value : []);
  return <RecordSelect {...rest} many to={field.to} chosen={chosen} onChoose={(next) => onChange([...next] as Json)} />;
}
