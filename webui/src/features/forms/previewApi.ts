/** What the server says of a form of the draft for a real record and role. */
import { useQuery } from "@tanstack/react-query";
import { send } from "@/lib/api";
import type { Json } from "@/lib/wire";
import { draftKeys } from "@/render/builder/draft";
import { draftApi } from "@/render/builder/draftApi";

/** How a condition comes out; null: there is none. */
export type Outcome = boolean | null | { problem: unknown } | { is_hidden: true };

export interface FormPreview {
  record: { id: number; ref: string; title: string } | null;
  sections: Record<string, { visible: Outcome }>;
  items: Record<string, { field: string; value: Json; visible: Outcome; required: Outcome; read_only: Outcome }>;
}

/** The form tried; the last answer stays until the next one is there. */
export function usePreview(draft: number | undefined, version: number | undefined, document: string, record: string, role: string) {
  return useQuery({
    queryKey: ["preview", draft, version, document, record, role],
    queryFn: async ({ signal }) => {
      const body = { document, ...(record && { record }), ...(role && { role }) };
      return (await send<FormPreview>("POST", `/api/v1/drafts/${draft}/preview/form`, { body, signal })).data;
    },
    enabled: draft !== undefined,
    placeholderData: (before) => before,
    retry: false,
  });
}

/** The roles of the draft, to look at the form with their eyes. */
export function useRoles(draft: number | undefined) {
  const { data } = useQuery({
    queryKey: draftKeys.documents(draft ?? 0, "role"),
    queryFn: ({ signal }) => draftApi.documents(draft ?? 0, "role", signal),
    enabled: draft !== undefined,
  });
  return data ?? [];
}
