import { fieldType as text } from "../text/type";
import { computedType } from "../shared/computed";

/** What a ledger says of this record's account. */
export const fieldType = computedType("balance", text);
