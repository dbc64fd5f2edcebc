import { useQuery } from "@tanstack/react-query";
import { api } from "@/lib/api";
import { countsKey } from "./countsKey";

const ASK_EVERY_MS = 30_000;

/** How many tasks wait for the person; asked again and again. */
export function useWaiting(): number {
  const { data } = useQuery({
    queryKey: countsKey, queryFn: async ({ signal }) => (await api.get("/api/v1/approvals/counts", { signal })).data, refetchInterval: ASK_EVERY_MS,
  });
  return data?.waiting ?? 0;
}
