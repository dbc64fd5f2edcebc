import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./PlainTable.module.css";

export interface PlainColumn<Row> {
  key: string;
  label: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Numbers and instants. */
  isNumber?: boolean;
  /** Left out on a phone. */
  isExtra?: boolean;
  /** Its head is only for those who do not see it. */
  isQuiet?: boolean;
}

/** A short table that is not records: hairlines, a head, and the first cell as its row's name. It scrolls within itself. */
export function PlainTable<Row>({ label, columns, rows, keyOf, onOpen, current }: {
  label: string;
  columns: readonly PlainColumn<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  /** Makes the first cell a button that opens the row. */
  onOpen?: (row: Row) => void;
  current?: string | number;
}) {
  return (
    <div className={styles.box} role="region" aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={cx(column.isNumber && styles.number, column.isExtra && styles.extra)}>
                {column.isQuiet ? <span className="visually-hidden">{column.label}</span> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className={cx(keyOf(row) === current && styles.current, onOpen && styles.opens)} onClick={() => onOpen?.(row)}>
              {columns.map((column, place) => {
                const name = cx(column.isNumber && `${styles.number} num`, column.isExtra && styles.extra);
                if (place > 0) return <td key={column.key} className={name}>{column.cell(row)}</td>;
                return (
                  <th key={column.key} scope="row" className={name}>
                    {onOpen ? (
                      <button type="button" className={styles.open} aria-current={keyOf(row) === current ? "true" : undefined} onClick={(event) => { event.stopPropagation(); onOpen(row); }}>
                        {column.cell(row)}
                      </button>
                    ) : column.cell(row)}
                  </th>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
