/** The rows of a list, page after page behind a cursor, so that any number of them can be scrolled through. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys } from "@/lib/keys";
import { type ListAsked, records } from "@/lib/records";
import type { WireRecord } from "@/lib/wire";

const PAGE = 100;

export function useRows(entity: string, asked: ListAsked, page = PAGE, isAsked = true) {
  const query = useInfiniteQuery({
    queryKey: keys.list(entity, page === PAGE ? asked : { ...asked, limit: page }),
    queryFn: ({ pageParam, signal }) => records.list(entity, { ...asked, limit: page, cursor: pageParam }, signal),
    enabled: isAsked,
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
  const rows = useMemo<readonly WireRecord[]>(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  return { ...query, rows };
}

/** Figures over everything that the filter finds. */
export function useFigures(entity: string, measures: Record<string, string>, filter: string) {
  return useQuery({
    queryKey: keys.sums(entity, { measures, filter }),
    queryFn: async ({ signal }) => (await records.aggregate(entity, measures, filter, "", signal))[0] ?? {},
    placeholderData: keepPreviousData,
  });
}
