import { fieldType as text } from "../text/type";
import { computedType } from "../shared/computed";

/** A figure over the records that refer to this one. */
export const fieldType = computedType("rollup", text);
