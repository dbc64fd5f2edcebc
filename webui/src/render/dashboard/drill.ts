import { addresses } from "@/lib/addresses";
import type { BlockData } from "./dashboardApi";

/** The list behind a mark of a block: its records, with the block's and the mark's conditions. null: there is none. */
export function drillAddress(base: string, data: BlockData, row?: number): string | null {
  if (!data.drill) return null;
  const own = row === undefined ? null : data.row_filters?.[row];
  const filter = [data.drill.filter, own].filter(Boolean).map((each) => `(${each})`).join(" AND ");
  const list = data.drill.view ? addresses.view(base, data.drill.view) : addresses.entity(base, data.drill.entity);
  return filter ? `${list}?${new URLSearchParams({ where: filter })}` : list;
}
