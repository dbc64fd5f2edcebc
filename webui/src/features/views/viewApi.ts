/** What the server knows beside the document: rows of the view, entities and roles of the draft. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { send } from "@/lib/api";
import type { Json, Label } from "@/lib/wire";
import { draftKeys } from "@/render/builder/draft";
import { draftApi, type Body } from "@/render/builder/draftApi";

export interface ViewRows {
  columns: { uid: string; name: string; label: Label; format: string }[];
  rows: Json[][];
  is_partial: boolean;
  /** Columns that this person may not read. */
  hidden: string[];
}

const ROWS = 25;

/** Rows of the view as the draft has it; the last ones stay until the next are there. */
export function useViewRows(draft: number | undefined, version: number | undefined, document: string, role: string) {
  return useQuery({
    queryKey: ["draft", draft, "preview", "view", version, document, role],
    queryFn: async ({ signal }) => (await send<ViewRows>("POST", `/api/v1/drafts/${draft}/preview/view`, { body: { document, limit: ROWS, ...(role && { role }) }, signal })).data,
    enabled: draft !== undefined,
    placeholderData: (before) => before,
    retry: false,
  });
}

/** All documents of a kind as the draft has them, with their bodies. */
export function useBodies<T extends Body>(draft: number | undefined, kind: string): { key: string; body: T }[] {
  const list = useQuery({
    queryKey: draftKeys.documents(draft ?? 0, kind),
    queryFn: ({ signal }) => draftApi.documents(draft ?? 0, kind, signal),
    enabled: draft !== undefined,
  });
  return useQueries({
    queries: (list.data ?? []).filter((each) => each.state !== "removed").map((each) => ({
      queryKey: draftKeys.document(draft ?? 0, each.key),
      queryFn: ({ signal }: { signal: AbortSignal }) => draftApi.document(draft ?? 0, each.key, signal),
    })),
    combine: (results) => results.flatMap(({ data }) => (data ? [{ key: data.key, body: data.body as T }] : [])),
  });
}
