import type { AppField } from "@/lib/wire";
import { ReferenceName } from "./ReferenceName";

/** The names of records by their ids. */
export function ReferenceNames({ field, values }: { field: AppField; values: readonly string[] }) {
  return (
    <>
      {values.map((id, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <ReferenceName to={field.to} value={Number(id)} isLink={false} />
        </span>
      ))}
    </>
  );
}
