import { useVirtualizer } from "@tanstack/react-virtual";
import { Plus } from "lucide-react";
import { useEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Label } from "@/lib/wire";
import { textOf } from "@/render/builder/words";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { ColumnHead } from "./ColumnHead";
import { NewColumn } from "./NewColumn";
import styles from "./Sheet.module.css";
import { SheetCell } from "./SheetCell";
import {
  blockText, cellText, fits, readBlock, withBlock, withColumn, withColumnMoved, withNewColumn, withNewRow, withoutColumn, withoutRows, withRowMoved, type At, type TableBody,
} from "./tableModel";

const ROW = 32;
const MOVES: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Rows and typed columns: keys as in a sheet, blocks pasted from one, what is wrong said at its cell. */
export function Sheet({ body, change, problems, at }: {
  body: TableBody;
  change: (next: TableBody, label?: Label | string, gesture?: string) => void;
  /** Sentences of the check by their pointers. */
  problems: ReadonlyMap<string, string>;
  /** A pointer to show. */
  at: string;
}) {
  const { t } = useTranslation();
  const grid = useRef<HTMLDivElement>(null);
  const rows = body.rows ?? [];
  const [here, setHere] = useState<At>(() => placeOf(at, body) ?? { row: 0, column: 0 });
  const [anchor, setAnchor] = useState<At | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => grid.current, estimateSize: () => ROW, overscan: 12 });
  useEffect(() => {
    const place = placeOf(at, body);
    if (place) setHere(place);
    // Only when another place is asked for.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [at]);
  useEffect(() => { if (here.row < rows.length) virtual.scrollToIndex(here.row); }, [here.row, rows.length, virtual]);
  const from = anchor ?? here;
  const isIn = (row: number, column: number) =>
    row >= Math.min(from.row, here.row) && row <= Math.max(from.row, here.row) && column >= Math.min(from.column, here.column) && column <= Math.max(from.column, here.column);
  const go = (row: number, column: number, keeps = false) => {
    setAnchor(keeps ? from : null);
    setHere({ row: Math.max(0, Math.min(rows.length - 1, row)), column: Math.max(0, Math.min(body.columns.length - 1, column)) });
  };
  const nameAt = (place: At) => t("tables.cell", { column: textOf(body.columns[place.column]?.label, body.columns[place.column]?.name), row: place.row + 1 });
  const putBlock = (place: At, block: readonly (readonly string[])[]) => change(withBlock(body, place, block), t("tables.did.cells", { name: nameAt(place) }));
  const addRow = (after = rows.length - 1) => {
    change(withNewRow(body, after), t("tables.did.row"));
    setAnchor(null);
    setHere({ row: after + 1, column: 0 });
    grid.current?.focus();
  };
  const clear = () => {
    const first = { row: Math.min(from.row, here.row), column: Math.min(from.column, here.column) };
    const height = Math.abs(from.row - here.row) + 1;
    const width = Math.abs(from.column - here.column) + 1;
    putBlock(first, Array.from({ length: height }, () => Array.from({ length: width }, () => "")));
  };
  /** What was typed goes into the cell; then one goes on: down, right or nowhere. */
  const finish = (text: string | null, [down, right]: [number, number]) => {
    setTyped(null);
    if (text !== null && text !== cellText(rows[here.row]?.values[body.columns[here.column]?.name ?? ""])) putBlock(here, [[text]]);
    if (down === 1 && here.row === rows.length - 1 && text !== null && text !== "") {
      change(withNewRow(text === null ? body : withBlock(body, here, [[text]]), rows.length - 1), t("tables.did.row"));
      setHere({ row: here.row + 1, column: 0 });
    } else go(here.row + down, here.column + right);
    grid.current?.focus();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.target !== grid.current || event.nativeEvent.isComposing || rows.length === 0) return;
    const move = MOVES[event.key];
    const isCommand = event.ctrlKey || event.metaKey;
    if (move && event.altKey && move[0] !== 0) {
      change(withRowMoved(body, here.row, move[0] as -1 | 1), t("tables.did.move"));
      go(here.row + move[0], here.column);
    } else if (move && isCommand && event.key === "ArrowDown") addRow(here.row);
    else if (move) go(here.row + move[0], here.column + move[1], event.shiftKey);
    else if (event.key === "Home") go(isCommand ? 0 : here.row, 0);
    else if (event.key === "End") go(isCommand ? rows.length - 1 : here.row, body.columns.length - 1);
    else if (event.key === "Enter" || event.key === "F2") setTyped(cellText(rows[here.row]?.values[body.columns[here.column]?.name ?? ""]));
    else if (event.key === "Delete" || event.key === "Backspace") clear();
    else if (isCommand && event.key === "-") {
      change(withoutRows(body, from.row, here.row), t("tables.did.remove_row"));
      go(Math.min(from.row, here.row), here.column);
    } else if (event.key.length === 1 && !isCommand && !event.altKey) setTyped(event.key);
    else return;
    event.preventDefault();
  };
  const paste = (event: ClipboardEvent) => {
    if (event.target !== grid.current) return;
    event.preventDefault();
    const block = readBlock(event.clipboardData.getData("text/plain"));
    putBlock(rows.length ? { row: Math.min(from.row, here.row), column: Math.min(from.column, here.column) } : { row: 0, column: 0 }, block);
  };
  const copy = (event: ClipboardEvent) => {
    if (event.target !== grid.current) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", blockText(body, from, here));
  };
  const wrongAt = (row: number, column: number): string | undefined => {
    const known = body.columns[column];
    const found = rows[row];
    if (!known || !found) return undefined;
    if (!fits(found.values[known.name], known)) return t("tables.wrong", { type: t(`tables.type.${known.type}`) });
    return problems.get(`/rows/${row}/values/${known.name}`);
  };
  const columns = { gridTemplateColumns: `44px repeat(${body.columns.length}, minmax(120px, 240px)) 44px` };
  return (
    <div className={styles.page}>
      <div ref={grid} className={styles.sheet} role="grid" tabIndex={0} aria-label={t("tables.sheet_of", { name: textOf(body.label, body.name) })} aria-rowcount={rows.length + 1} aria-colcount={body.columns.length + 1}
        aria-activedescendant={rows.length ? `cell-${here.row}-${here.column}` : undefined} onKeyDown={keys} onPaste={paste} onCopy={copy}>
        <div className={cx(styles.row, styles.headRow)} style={columns} role="row" aria-rowindex={1}>
          <span className={styles.number} role="columnheader" aria-label={t("tables.row")} />
          {body.columns.map((column, place) => (
            <ColumnHead key={column.uid} column={column} isOnly={body.columns.length === 1}
              onChange={(values) => change(withColumn(body, column.uid, values), t("tables.did.column", { name: textOf(column.label, column.name) }))}
              onMove={(way) => change(withColumnMoved(body, place, way), t("tables.did.column", { name: textOf(column.label, column.name) }))}
              onRemove={() => change(withoutColumn(body, column.uid), t("tables.did.remove_column", { name: textOf(column.label, column.name) }))} />
          ))}
          <span role="columnheader" aria-label={t("tables.add_column")}><NewColumn onMake={(label, type) => change(withNewColumn(body, label, type), t("tables.did.add_column", { name: label }))} /></span>
        </div>
        <div className={styles.rows} style={{ height: virtual.getTotalSize() }} role="rowgroup">
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            return row && (
              <div key={row.uid} className={styles.row} style={{ ...columns, transform: `translateY(${start}px)` }} role="row" aria-rowindex={index + 2}>
                <span className={styles.number} role="rowheader">{index + 1}</span>
                {body.columns.map((column, place) => (
                  <SheetCell key={column.uid} id={`cell-${index}-${place}`} column={column} value={row.values[column.name]} name={nameAt({ row: index, column: place })}
                    isHere={here.row === index && here.column === place} isIn={isIn(index, place)} wrong={wrongAt(index, place)}
                    typed={here.row === index && here.column === place ? typed : null}
                    onChoose={(keeps) => { go(index, place, keeps); grid.current?.focus(); }} onEdit={() => setTyped(cellText(row.values[column.name]))} onFinish={finish} />
                ))}
              </div>
            );
          })}
        </div>
      </div>
      <div className={styles.foot}>
        <Button small kind="soft" icon={<Plus size={14} strokeWidth={1.75} />} onClick={() => addRow()}>{t("tables.add_row")}</Button>
        <span className={styles.quiet}>{t("tables.keys")}</span>
      </div>
    </div>
  );
}

/** The cell that a pointer means: "/rows/3/values/code". */
function placeOf(pointer: string, body: TableBody): At | null {
  const [, first, row = "", , name] = pointer.split("/");
  if (first !== "rows" || !/^\d+$/.test(row)) return null;
  return { row: Number(row), column: Math.max(0, body.columns.findIndex((each) => each.name === name)) };
}
