import { useQuery } from "@tanstack/react-query";
import { approvalKeys, approvalsApi } from "./approvalsApi";

const ASK_EVERY_MS = 30_000;

/** How many tasks wait for the person; asked again and again. */
export function useWaiting(): number {
  const { data } = useQuery({ queryKey: approvalKeys.counts, queryFn: ({ signal }) => approvalsApi.counts(signal), refetchInterval: ASK_EVERY_MS });
  return data?.waiting ?? 0;
}
