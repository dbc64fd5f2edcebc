import { useQuery } from "@tanstack/react-query";
import { useSettled } from "@/lib/time";
import { formulaApi, toUnits, type FormulaCheck, type Slot } from "./formulaApi";
import { awaited } from "./names";
import type { Underline } from "./marks";

const PAUSE_MS = 120;

/** What the server says of a formula while it is typed; the last answer stays until the next one is there. */
export function useFormulaCheck(text: string, slot: Slot, samples: number | number[] = 0) {
  const settled = useSettled(text, PAUSE_MS);
  const query = useQuery({
    queryKey: ["formula", "check", slot, settled, samples],
    queryFn: ({ signal }) => formulaApi.check(settled, slot, samples, signal),
    enabled: settled.trim() !== "",
    placeholderData: (before) => before,
    staleTime: 10_000,
    ...awaited,
  });
  const check: FormulaCheck | null = settled.trim() === "" ? null : (query.data ?? null);
  const isCurrent = settled === text && !query.isPlaceholderData && !query.isFetching;
  return { check, isCurrent, error: query.error };
}

/** The characters of the first problem, as an editor counts them. */
export function underlineOf(text: string, check: FormulaCheck | null): Underline | null {
  const [problem] = check?.problems ?? [];
  if (!problem || problem.position < 0) return null;
  return {
    from: toUnits(text, problem.position),
    to: toUnits(text, problem.position + Math.max(1, problem.length)),
  };
}
