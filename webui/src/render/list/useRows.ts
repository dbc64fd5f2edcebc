/** The rows of a list, page after page behind a cursor, so that any number of them can be scrolled through. */
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { keys } from "@/lib/keys";
import { type ListAsked, records } from "@/lib/records";
import type { WireRecord } from "@/lib/wire";

const PAGE = 100;

export function useRows(entity: string, asked: ListAsked) {
  const query = useInfiniteQuery({
    queryKey: keys.list(entity, asked),
    queryFn: ({ pageParam, signal }) => records.list(entity, { ...asked, limit: PAGE, cursor: pageParam }, signal),
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
