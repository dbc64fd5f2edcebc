import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { send } from "@/lib/api";
import type { AppView, WireRecord } from "@/lib/wire";
import type { ListColumn } from "@/render/list/columns";

type Values = Readonly<Record<number, Readonly<Record<string, unknown>>>>;

const PORTION = 100;
const NONE: Values = {};

/** Values of columns that are formulas, which the server works out for the loaded rows. */
export function useComputedColumns(view: AppView | undefined, columns: readonly ListColumn[], rows: readonly WireRecord[]): Values {
  const isNeeded = view !== undefined && columns.some((column) => column.path === "");
  const portions: number[][] = [];
  if (isNeeded) {
    for (let from = 0; from < rows.length; from += PORTION) portions.push(rows.slice(from, from + PORTION).map((row) => row.id));
  }
  const found = useQueries({
    queries: portions.map((ids) => ({
      queryKey: ["records", view?.entity ?? "", "values", view?.name, ids] as const,
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await send<{ data: Values }>("POST", `/api/v1/views/${view!.name}/values`, { body: { ids }, signal })).data.data,
      staleTime: 60_000,
    })),
    combine: (results) => results.map((result) => result.data),
  });
  return useMemo(() => (found.length ? Object.assign({}, ...found) as Values : NONE), [found]);
}
