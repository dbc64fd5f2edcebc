import { currencySign } from "@/lib/formats";
import type { EditProps } from "../fieldType";
import { NumberEdit } from "../shared/NumberEdit";
import { currencyOf } from "./type";

/** An amount with the sign of its currency before it. */
export function MoneyEdit(props: EditProps) {
  const currency = currencyOf(props.field, props.record);
  return <NumberEdit {...props} sign={currency ? currencySign(currency) : undefined} />;
}
