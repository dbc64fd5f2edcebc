import { fieldType as text } from "../text/type";
import { computedType } from "../shared/computed";

/** A field of a record referred to, shown here. */
export const fieldType = computedType("lookup", text);
