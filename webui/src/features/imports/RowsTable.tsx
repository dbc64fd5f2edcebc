import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { problemText } from "@/lib/problems";
import type { AppEntity } from "@/lib/wire";
import { cx } from "@/ui/cx";
import type { Plan } from "./importApi";
import styles from "./Imports.module.css";

export interface ShownRow {
  number: number | null;
  cells: readonly (string | null)[];
  state: ReactNode;
  problem: { code: string; message: string; column?: string | null; field?: string } | null;
}

/** Rows of a file with what becomes of them; the cell that is wrong is marked, and the reason stands below the row's state. */
export function RowsTable({ label, headings, entity, plan, rows, skip = 0 }: {
  label: string;
  headings: readonly string[];
  entity: AppEntity;
  /** Which column fills which field, where that is known. */
  plan?: Plan;
  rows: readonly ShownRow[];
  /** So many first columns are the platform's own and not shown. */
  skip?: number;
}) {
  const { t } = useTranslation();
  const columnOf = (problem: ShownRow["problem"]): number => {
    if (!problem) return -1;
    const byHeading = headings.indexOf(problem.column ?? "");
    if (byHeading >= 0) return byHeading;
    const name = problem.field ?? problem.column ?? "";
    const planned = plan?.columns.find((each) => each.field === name)?.place;
    return planned ?? headings.indexOf(labelText(entity.fields.find((field) => field.name === name)?.label));
  };
  const fieldText = (problem: NonNullable<ShownRow["problem"]>): string => {
    const name = problem.field ?? problem.column ?? "";
    return labelText(entity.fields.find((field) => field.name === name)?.label) || name;
  };
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.rows}>
        <thead>
          <tr>
            <th scope="col">{t("imports.row")}</th>
            <th scope="col">{t("imports.outcome")}</th>
            {headings.slice(skip).map((heading, place) => <th key={place} scope="col">{heading}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => {
            const wrong = columnOf(row.problem);
            return (
              <tr key={row.number ?? `n${index}`}>
                <th scope="row" className="num">{row.number}</th>
                <td className={styles.outcome}>
                  {row.state}
                  {row.problem && <span className={styles.problem}>{fieldText(row.problem) && <b>{fieldText(row.problem)}</b>} {problemText(row.problem)}</span>}
                </td>
                {headings.slice(skip).map((_, place) => (
                  <td key={place} className={cx(place + skip === wrong && styles.wrong)}>{row.cells[place + skip] ?? ""}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
