import { fieldType as text } from "../text/type";
import { computedType } from "../shared/computed";

/** A value worked out from the record by a formula. */
export const fieldType = computedType("formula", text);
