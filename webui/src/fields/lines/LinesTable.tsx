import { labelText } from "@/lib/i18n";
import type { AppField, Json } from "@/lib/wire";
import { ValueDisplay } from "../ValueDisplay";
import { typeOf, valueTypeOf } from "../registry";
import styles from "./Lines.module.css";

export type Line = Record<string, Json | undefined>;

/** The fields of lines that are shown: those named, else all but lines of lines. */
export function lineFields(field: AppField, columns?: readonly { field: string }[]): AppField[] {
  const all = field.fields ?? [];
  if (!columns?.length) return all;
  return columns.flatMap((column) => all.find((each) => each.name === column.field) ?? []);
}

/** Whether a field's values stand at the right. */
export const isRight = (field: AppField): boolean =>
  (typeOf(field).Edit === null ? valueTypeOf(field) : typeOf(field)).align === "right";

/** Lines to be read. */
export function LinesTable({ field, lines, columns }: {
  field: AppField;
  lines: readonly Json[];
  columns?: readonly { field: string }[];
}) {
  const fields = lineFields(field, columns);
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th className={styles.number}>#</th>
            {fields.map((each) => <th key={each.uid} className={isRight(each) ? styles.right : undefined}>{labelText(each.label)}</th>)}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index}>
              <td className={styles.number}>{index + 1}</td>
              {fields.map((each) => (
                <td key={each.uid} className={isRight(each) ? styles.right : undefined}>
                  <ValueDisplay field={each} value={(line as Line)[each.name]} record={line as Line} place="row" />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
