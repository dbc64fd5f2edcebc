import { Suspense } from "react";
import type { EditProps } from "./fieldType";
import { typeOf } from "./registry";
import { ValueDisplay } from "./ValueDisplay";

/** An input of the field's type; a value that nobody writes is shown. */
export function ValueEdit(props: EditProps) {
  const { Edit } = typeOf(props.field);
  if (!Edit) return <ValueDisplay field={props.field} value={props.value} record={props.record} place="page" />;
  return (
    <Suspense fallback={<div style={{ height: props.isCell ? 28 : 32 }} />}>
      <Edit {...props} />
    </Suspense>
  );
}
