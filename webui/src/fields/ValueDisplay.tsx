import type { DisplayProps } from "./fieldType";
import { typeOf } from "./registry";

/** A value in the look of its field's type. */
export function ValueDisplay(props: DisplayProps) {
  const { Display } = typeOf(props.field);
  return <Display {...props} />;
}
