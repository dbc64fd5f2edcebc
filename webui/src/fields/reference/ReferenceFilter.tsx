import type { FilterEditProps } from "../fieldType";
import { RecordSelect } from "./RecordSelect";
import { useChosen } from "./useChosen";

/** Any of some records. */
export function ReferenceFilter({ field, values, onChange }: FilterEditProps) {
  const chosen = useChosen(field.to, values.map(Number));
  return (
    <RecordSelect many autoFocus to={field.to} chosen={chosen} onChoose={(next) => onChange(next.map((record) => String(record.id)))} />
  );
}
