import type { EditProps } from "../fieldType";
import { NumberEdit } from "../shared/NumberEdit";

/** A whole number. */
export function IntegerEdit(props: EditProps) {
  return <NumberEdit {...props} isWhole />;
}
