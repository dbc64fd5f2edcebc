/** Labels of the names that a formula uses, for showing them as tokens. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { ApiError } from "@/lib/errors";
import { labelText } from "@/lib/i18n";
import { tokenize, type Token } from "@/formula/tokens";
import { formulaApi, type NameMember, type Slot } from "./formulaApi";

/** A path of names as it stands in the text. */
export interface Path {
  names: string[];
  start: number;
  end: number;
}

export const nameKeys = (slot: Slot, path: string) => ["formula", "names", slot, path] as const;

/** The names of a slot, or of the record behind a path. */
export function useNames(slot: Slot, path = "", enabled = true) {
  return useQuery({
    queryKey: nameKeys(slot, path),
    queryFn: ({ signal }) => formulaApi.names(slot, path, signal),
    enabled,
    staleTime: 30_000,
    ...awaited,
  });
}

/** A place that was just made is not on the server before it is saved: it is asked for again. */
export const awaited = {
  retry: (count: number, error: unknown) => count < 12 && error instanceof ApiError && error.status === 404,
  retryDelay: 500,
};

/** Every path of names in a text; calls of functions are none. */
export function pathsOf(text: string): Path[] {
  const found: Path[] = [];
  const tokens = tokenize(text);
  tokens.forEach((token, index) => {
    if (token.sort !== "name" || token.isCall) return;
    const last = found.at(-1);
    const continues = isDot(tokens[index - 1]) && last && last.end === tokens[index - 1]?.start;
    if (last && continues) {
      last.names.push(token.value);
      last.end = token.end;
    } else {
      found.push({ names: [token.value], start: token.start, end: token.end });
    }
  });
  return found;
}

function isDot(token: Token | undefined): boolean {
  return token?.sort === "operator" && token.value === ".";
}

const isNamed = (member: NameMember, name: string): boolean =>
  member.name === name || member.label.zh === name || member.label.en === name;

/** Says how a path is labelled, or null for names that are not known (yet). */
export type Labels = (names: readonly string[]) => string | null;

/** Labels for all paths of a text, one request for each record that is looked into. */
export function useLabels(slot: Slot, text: string): Labels {
  const prefixes = useMemo(() => {
    const found = new Set<string>([""]);
    for (const { names } of pathsOf(text)) {
      for (let size = 1; size < names.length; size += 1) found.add(names.slice(0, size).join("."));
    }
    return [...found].slice(0, 30);
  }, [text]);
  const answers = useQueries({
    queries: prefixes.map((path) => ({
      queryKey: nameKeys(slot, path),
      queryFn: ({ signal }: { signal: AbortSignal }) => formulaApi.names(slot, path, signal),
      staleTime: 30_000,
      ...awaited,
    })),
  });
  const stamp = answers.map((each) => each.dataUpdatedAt).join(" ");
  return useMemo<Labels>(() => {
    const known = new Map(prefixes.map((path, at) => [path, answers[at]?.data?.members]));
    return (names) => {
      const words = names.map((name, size) => {
        const member = known.get(names.slice(0, size).join("."))?.find((each) => isNamed(each, name));
        return member ? labelText(member.label) || member.name : null;
      });
      return words.every((word) => word !== null) ? words.join(" · ") : null;
    };
    // The answers are new objects at each rendering; the stamp says whether one of them is.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [prefixes, stamp]);
}
