import type { DisplayProps, FieldType } from "../fieldType";
import { valueTypeOf } from "../registry";

/** A computed value, shown like one of the type that it has. */
export function ComputedDisplay(props: DisplayProps) {
  const { Display } = valueTypeOf(props.field);
  return <Display {...props} />;
}

/** A type whose value is worked out: it looks and compares like what it computes, and cannot be written. */
export function computedType(name: string, base: FieldType): FieldType {
  return { ...base, name, Display: ComputedDisplay, Edit: null, fault: undefined };
}
