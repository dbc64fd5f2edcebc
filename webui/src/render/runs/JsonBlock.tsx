import { formatInstant } from "@/lib/formats";
import type { Json } from "@/lib/wire";
import styles from "./Runs.module.css";

const MOST_COLUMNS = 5;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

type Row = Record<string, Json>;

const isRow = (value: Json): value is Row => typeof value === "object" && value !== null && !Array.isArray(value);

/** What went in or came out: closed until somebody looks. Names with values read as such, rows as a table. */
export function JsonBlock({ title, value, isOpen = false }: { title: string; value: Json; isOpen?: boolean }) {
  return (
    <details className={styles.details} open={isOpen || undefined}>
      <summary>{title}</summary>
      <Shown value={value} />
    </details>
  );
}

function Shown({ value }: { value: Json }) {
  if (isRow(value) && Object.keys(value).length > 0) {
    return (
      // It scrolls when it is long, so it can be reached by the keyboard.
      <dl className={styles.pairs} tabIndex={0}>
        {Object.entries(value).map(([name, each]) => [<dt key={name}>{name}</dt>, <dd key={`${name}-value`}>{textOf(each)}</dd>])}
      </dl>
    );
  }
  const columns = Array.isArray(value) && value.length > 0 && value.every(isRow) ? [...new Set(value.flatMap((row) => Object.keys(row)))] : [];
  if (columns.length === 0 || columns.length > MOST_COLUMNS) {
    return <pre className={`mono ${styles.json}`} tabIndex={0}>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>;
  }
  return (
    <table className={styles.table}>
      <thead><tr>{columns.map((each) => <th key={each} scope="col">{each}</th>)}</tr></thead>
      <tbody>{(value as Row[]).map((row, place) => <tr key={place}>{columns.map((each) => <td key={each}>{textOf(row[each] ?? null)}</td>)}</tr>)}</tbody>
    </table>
  );
}

function textOf(value: Json): string {
  if (value === null) return "–";
  if (typeof value === "string") return INSTANT.test(value) ? formatInstant(value, { brief: true, seconds: true }) : value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
