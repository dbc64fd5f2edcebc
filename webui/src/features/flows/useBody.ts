import { useQuery } from "@tanstack/react-query";
import { draftKeys } from "@/render/builder/draft";
import { draftApi, type Body } from "@/render/builder/draftApi";
import { textOf, type Words } from "@/render/builder/words";
import type { Choice, Designer } from "./designer";

export interface Part {
  uid: string;
  name: string;
  label?: Words;
  type?: string;
  to?: string;
  fields?: Part[];
  options?: { value: string; label?: Words }[];
}

export interface NamedBody extends Body {
  per?: string;
  fields?: Part[];
  columns?: Part[];
  values?: Part[];
  facts?: Part[];
  trigger?: { input?: Part[] };
  states?: { field: string };
}

/** A document of the draft by its kind and name; undefined while it is read, or when there is none. */
export function useBody(designer: Designer, kind: string, name: unknown): NamedBody | undefined {
  const found = designer.documents.find((each) => each.kind === kind && each.name === name);
  const draft = designer.draft ?? 0;
  const query = useQuery({
    queryKey: draftKeys.document(draft, found?.key ?? ""),
    queryFn: ({ signal }) => draftApi.document(draft, found?.key ?? "", signal),
    enabled: found !== undefined && draft > 0,
  });
  return query.data?.body as NamedBody | undefined;
}

export const choicesOf = (parts: readonly Part[] | undefined): Choice[] =>
  (parts ?? []).map((each) => ({ value: each.name, label: textOf(each.label, each.name) }));

/** The fields of an entity that can be given a value, lines too. */
export const WORKED_OUT: readonly string[] = ["formula", "rollup", "lookup", "balance", "sequence"];
export const writable = (parts: readonly Part[] | undefined): Part[] => (parts ?? []).filter((each) => !WORKED_OUT.includes(each.type ?? ""));
