import { Tooltip } from "antd";
import { useState } from "react";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { isBlank } from "@/fields/fieldType";
import { titleOf } from "@/fields/titles";
import { formatDate, formatInstant, formatNumber, formatPercent } from "@/lib/formats";
import type { AppColumn, AppEntity, Json, WireRecord } from "@/lib/wire";
import { AvatarTile } from "@/ui/AvatarTile";
import { cx } from "@/ui/cx";
import styles from "./Grid.module.css";
import type { Placed } from "./layout";

/** The value at a path of a record whose references are expanded, and the record that holds it. */
export function valueAt(record: WireRecord, path: string): { value: Json | undefined; holder: Readonly<Record<string, Json | undefined>> } {
  const steps = path.split(".");
  let holder: Readonly<Record<string, Json | undefined>> = record;
  for (const step of steps.slice(0, -1)) {
    const next = holder[step];
    if (!next || typeof next !== "object" || Array.isArray(next)) return { value: null, holder };
    holder = next;
  }
  return { value: holder[steps.at(-1)!], holder };
}

/** A value that the server worked out for a view's column, as its format says. */
export function formatted(value: unknown, column: AppColumn): string {
  if (value === null || value === undefined) return "";
  const text = String(value);
  const ways: Record<AppColumn["format"], () => string> = {
    plain: () => (column.kind === "number" ? formatNumber(text) : text),
    decimal: () => formatNumber(text, column.scale),
    minor: () => formatNumber(text),
    date: () => formatDate(text),
    datetime: () => formatInstant(text) || text,
    percent: () => formatPercent(text),
  };
  return ways[column.format]();
}

/** One cell: what does not fit is cut, and shown whole on hover. */
export function GridCell({ placed: { column, width, left }, record, entity, extra }: {
  placed: Placed;
  record: WireRecord;
  entity: AppEntity;
  extra?: Readonly<Record<string, unknown>>;
}) {
  const [whole, setWhole] = useState("");
  const { value, holder } = valueAt(record, column.path);
  const name = column.isTitle && column.path === entity.title ? titleOf(entity, record) : "";
  const style = { width, left: left ?? undefined };
  const content = column.field ? (
    column.isTitle && isBlank(value) ? titleOf(entity, record) : <ValueDisplay field={column.field} value={value} record={holder} place="row" />
  ) : (
    column.view && <span className={column.isRight ? "num" : undefined}>{formatted(extra?.[column.id], column.view)}</span>
  );
  const cell = (
    <div
      className={cx(styles.cell, column.isRight && styles.right, column.isTitle && styles.title, left !== null && styles.frozen)}
      style={style}
      role={column.isTitle ? "rowheader" : "gridcell"}
      onMouseEnter={(event) => {
        const inner = event.currentTarget.firstElementChild;
        setWhole(inner && inner.scrollWidth > inner.clientWidth + 1 ? (inner.textContent ?? "") : "");
      }}
    >
      {name && <AvatarTile name={name} identity={record.ref} size={20} />}
      <span className={styles.text}>{content}</span>
    </div>
  );
  return whole ? <Tooltip title={whole} mouseEnterDelay={0.5} placement="topLeft">{cell}</Tooltip> : cell;
}
