/** What the server knows beside the document: who uses a field, which settings a type has. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { send } from "@/lib/api";
import type { Label } from "@/lib/wire";
import { draftKeys } from "@/render/builder/draft";
import { draftApi, type Body, type DraftDocument } from "@/render/builder/draftApi";

export interface Uses {
  used_by: { key: string; document: string; kind: string; document_name: string; name: string | null; label: Label | null; pointer: string }[];
  /** Records of the entity, and how many of them have a value; null when it is not published yet. */
  records: number | null;
  filled: number | null;
}

/** Who uses an element ("package:uid.field"), and how many records have a value there. */
export async function usesOf(key: string, draft: number | undefined, signal?: AbortSignal): Promise<Uses> {
  return (await send<Uses>("GET", "/api/v1/metadata/uses", { query: { key, draft }, signal })).data;
}

export function useUses(key: string, draft: number | undefined, version: number | undefined) {
  return useQuery({ queryKey: ["uses", key, draft, version], queryFn: ({ signal }) => usesOf(key, draft, signal), enabled: key !== "", retry: false });
}

/** The JSON Schema of one setting, as far as a panel needs it. */
export interface SettingSchema {
  type?: string | string[];
  enum?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  $ref?: string;
}

interface TypeSchema {
  properties: Record<string, SettingSchema>;
  required: string[];
}

/** The settings of every type of field, by its name. */
export function useTypeSchemas(): Record<string, TypeSchema> {
  const { data } = useQuery({
    queryKey: ["schemas", "field"],
    queryFn: async ({ signal }) => (await send<{ $defs: Record<string, TypeSchema> }>("GET", "/api/v1/schemas/field", { signal })).data.$defs,
    staleTime: Infinity,
  });
  return data ?? {};
}

/** All documents of a kind as the draft has them, with their bodies. */
export function useBodies<T extends Body = Body>(draft: number | undefined, kind: string): { key: string; body: T }[] {
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
    combine: (results) => results.flatMap(({ data }) => bodyOf<T>(data)),
  });
}

function bodyOf<T extends Body>(document: DraftDocument | undefined): { key: string; body: T }[] {
  return document ? [{ key: document.key, body: document.body as T }] : [];
}
