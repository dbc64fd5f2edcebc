import type { FilterEditProps } from "../fieldType";
import { PersonSelect } from "./PersonSelect";

/** Any of some people. */
export function UserFilter({ values, onChange }: FilterEditProps) {
  return <PersonSelect many autoFocus chosen={values.map(Number)} onChoose={(ids) => onChange(ids.map(String))} />;
}
