/** Widths of columns: their own, and what is left of the room shared among those that nobody has resized. */
import type { ListColumn } from "./columns";

export const CHECK_WIDTH = 40;

export interface Placed {
  column: ListColumn;
  width: number;
  /** Distance from the left when it is frozen, null when it scrolls. */
  left: number | null;
}

export function place(
  columns: readonly ListColumn[],
  widths: Readonly<Record<string, number>>,
  room: number,
  pinned: number,
  hasChecks: boolean,
): { placed: readonly Placed[]; total: number } {
  const base = columns.map((column) => widths[column.id] ?? column.width);
  const taken = base.reduce((sum, width) => sum + width, hasChecks ? CHECK_WIDTH : 0);
  const free = columns.map((column) => widths[column.id] === undefined);
  const flexible = base.reduce((sum, width, index) => sum + (free[index] ? width : 0), 0);
  const spare = Math.max(0, room - taken);
  let left = hasChecks ? CHECK_WIDTH : 0;
  const placed = columns.map((column, index) => {
    const extra = free[index] && flexible > 0 ? Math.floor((spare * base[index]!) / flexible) : 0;
    const width = base[index]! + extra;
    const result = { column, width, left: index < pinned ? left : null };
    left += width;
    return result;
  });
  return { placed, total: Math.max(left, room) };
}
