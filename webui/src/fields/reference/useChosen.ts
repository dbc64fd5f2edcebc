import { useQueries } from "@tanstack/react-query";
import { keys } from "@/lib/keys";
import { records } from "@/lib/records";
import type { Json, WireRecord } from "@/lib/wire";
import { expandedOf, idOf } from "../titles";

/** The records of references; those that are only known by their id are asked for. */
export function useChosen(to: string | undefined, values: readonly Json[]): readonly WireRecord[] {
  const bare = values.flatMap((value) => (expandedOf(value) ? [] : (idOf(value) ?? [])));
  const asked = useQueries({
    queries: bare.map((id) => ({
      queryKey: keys.byId(to ?? "", id),
      queryFn: ({ signal }: { signal: AbortSignal }) => records.byId(to!, id, signal),
      staleTime: 5 * 60_000,
      enabled: Boolean(to),
    })),
  });
  const known = new Map(asked.flatMap(({ data }) => (data ? [[data.id, data] as const] : [])));
  return values.flatMap((value) => {
    const id = idOf(value);
    const record = expandedOf(value) ?? (id === null ? undefined : known.get(id));
    return record ?? (id === null ? [] : ({ id, ref: "", version: 0, created_at: "", created_by: null, updated_at: "", updated_by: null } as WireRecord));
  });
}
