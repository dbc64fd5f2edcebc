/** The document of a table and the changes that a sheet makes to it; pure. */
import type { Body } from "@/render/builder/draftApi";
import { codeName } from "@/render/builder/codeName";
import { freeName, freshUid, moved, type Words } from "@/render/builder/words";

export const COLUMN_TYPES = ["text", "integer", "decimal", "date", "boolean"] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export interface ColumnBody {
  uid: string;
  name: string;
  label?: Words;
  type: ColumnType;
  scale?: number;
}

export type Cell = string | number | boolean | null;

export interface RowBody {
  uid: string;
  values: Record<string, Cell>;
}

export interface TableBody extends Body {
  label?: Words;
  columns: ColumnBody[];
  rows?: RowBody[];
}

/** Numbers of a row and a column, from 0. */
export interface At {
  row: number;
  column: number;
}

const TRUE = /^(true|yes|y|1|是|真|✓|√)$/i;
const FALSE = /^(false|no|n|0|否|假)$/i;

/** A value as it is shown and copied. */
export function cellText(value: Cell | undefined): string {
  return value === undefined || value === null ? "" : String(value);
}

/** What a typed text means in a column; what it cannot mean stays as it was typed, and is shown as wrong. */
export function readCell(text: string, { type, scale }: Pick<ColumnBody, "type" | "scale">): Cell | undefined {
  const said = text.trim();
  if (said === "") return undefined;
  const number = said.replace(/[,，\s]/g, "");
  switch (type) {
    case "integer":
      return /^-?\d{1,15}$/.test(number) ? Number(number) : said;
    case "decimal":
      return /^-?\d+(\.\d+)?$/.test(number) ? scaled(number, scale) : said;
    case "date":
      return readDate(said) ?? said;
    case "boolean":
      return TRUE.test(said) ? true : FALSE.test(said) ? false : said;
    default:
      return said;
  }
}

function scaled(number: string, scale: number | undefined): string {
  const [whole = "0", digits = ""] = number.split(".");
  return scale === undefined || digits.length > scale ? number : scale === 0 ? whole : `${whole}.${digits.padEnd(scale, "0")}`;
}

function readDate(said: string): string | null {
  const [, year = "", month = "", day = ""] = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(said) ?? [];
  const written = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const found = new Date(`${written}T00:00:00Z`);
  return year && !Number.isNaN(found.getTime()) && found.toISOString().startsWith(written) ? written : null;
}

/** Whether a value is one of its column's type. */
export function fits(value: Cell | undefined, { type, scale }: ColumnBody): boolean {
  if (value === undefined || value === null) return true;
  switch (type) {
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "decimal": {
      const text = String(value);
      return /^-?\d+(\.\d+)?$/.test(text) && (scale === undefined || (text.split(".")[1] ?? "").length <= scale);
    }
    case "date":
      return typeof value === "string" && readDate(value) === value;
    case "boolean":
      return typeof value === "boolean";
    default:
      return typeof value === "string";
  }
}

const rowsOf = (body: TableBody): RowBody[] => body.rows ?? [];

function put(row: RowBody, name: string, value: Cell | undefined): RowBody {
  const values = { ...row.values };
  if (value === undefined) delete values[name];
  else values[name] = value;
  return { ...row, values };
}

/** A block of texts put down with its first cell at a place; rows that are missing are made. */
export function withBlock(body: TableBody, at: At, block: readonly (readonly string[])[]): TableBody {
  const rows = [...rowsOf(body)];
  block.forEach((texts, down) => {
    const row = rows[at.row + down] ?? { uid: freshUid(), values: {} };
    rows[at.row + down] = texts.reduce((made, text, right) => {
      const column = body.columns[at.column + right];
      return column ? put(made, column.name, readCell(text, column)) : made;
    }, row);
  });
  return { ...body, rows };
}

/** What lies between two cells, as the clipboard of a sheet has it. */
export function blockText(body: TableBody, from: At, to: At): string {
  const columns = body.columns.slice(Math.min(from.column, to.column), Math.max(from.column, to.column) + 1);
  const rows = rowsOf(body).slice(Math.min(from.row, to.row), Math.max(from.row, to.row) + 1);
  return rows.map((row) => columns.map((column) => cellText(row.values[column.name])).join("\t")).join("\n");
}

/** A block as a sheet copies it: tabs between cells, quotes around those with line ends. */
export function readBlock(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /("(?:[^"]|"")*"|[^\t\r\n]*)(\t|\r?\n|$)/y;
  for (let found = cell.exec(text); found; found = cell.exec(text)) {
    const [whole, value = "", end] = found;
    rows.at(-1)?.push(/^".*[\t\n"].*"$/s.test(value) ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end !== "\t" && end !== "") rows.push([]);
    if (end === "" || whole === "") break;
  }
  const last = rows.at(-1);
  return rows.length > 1 && last && (last.length === 0 || last.join("") === "") ? rows.slice(0, -1) : rows;
}

export function withNewRow(body: TableBody, after: number): TableBody {
  const rows = [...rowsOf(body)];
  rows.splice(after + 1, 0, { uid: freshUid(), values: {} });
  return { ...body, rows };
}

export function withoutRows(body: TableBody, from: number, to: number): TableBody {
  return { ...body, rows: rowsOf(body).filter((_, index) => index < Math.min(from, to) || index > Math.max(from, to)) };
}

export function withRowMoved(body: TableBody, from: number, way: -1 | 1): TableBody {
  const to = from + way;
  return to < 0 || to >= rowsOf(body).length ? body : { ...body, rows: moved(rowsOf(body), from, to) };
}

export function withNewColumn(body: TableBody, label: string, type: ColumnType): TableBody {
  const name = freeName(codeName(label) || "column", body.columns.map((each) => each.name));
  return { ...body, columns: [...body.columns, { uid: freshUid(), name, label: { zh: label, en: label }, type }] };
}

/** Another type: the values are read anew from their texts. */
export function withColumn(body: TableBody, uid: string, change: Partial<ColumnBody>): TableBody {
  const columns = body.columns.map((each) => (each.uid === uid ? { ...each, ...change } : each));
  const column = columns.find((each) => each.uid === uid);
  if (!column || (change.type === undefined && change.scale === undefined)) return { ...body, columns };
  if (column.type !== "decimal") delete column.scale;
  return { ...body, columns, rows: rowsOf(body).map((row) => put(row, column.name, readCell(cellText(row.values[column.name]), column))) };
}

export function withoutColumn(body: TableBody, uid: string): TableBody {
  const gone = body.columns.find((each) => each.uid === uid);
  const columns = body.columns.filter((each) => each !== gone);
  return gone ? { ...body, columns, rows: rowsOf(body).map((row) => put(row, gone.name, undefined)) } : body;
}

export function withColumnMoved(body: TableBody, from: number, way: -1 | 1): TableBody {
  const to = from + way;
  return to < 0 || to >= body.columns.length ? body : { ...body, columns: moved(body.columns, from, to) };
}
