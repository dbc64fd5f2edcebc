import { isBlank, type DisplayProps, type FieldType } from "../fieldType";
import { Blank } from "../shared/Blank";
import { fieldType as text } from "../text/type";

function SequenceDisplay({ value, place }: DisplayProps) {
  return isBlank(value) ? <Blank place={place} /> : <span className="num">{String(value)}</span>;
}

/** A number that the platform gives; it may be given by hand where its field says so. */
export const fieldType: FieldType = { ...text, name: "sequence", Display: SequenceDisplay, fault: undefined, width: 128 };
