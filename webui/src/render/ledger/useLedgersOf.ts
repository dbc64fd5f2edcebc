import { useQuery } from "@tanstack/react-query";
import { ledgerApi, ledgerKeys, type Ledger } from "./ledgerApi";

/** The ledgers whose accounts the records of an entity hold. */
export function useLedgersOf(entity: string): readonly Ledger[] {
  const { data = [] } = useQuery({ queryKey: ledgerKeys.all, queryFn: ({ signal }) => ledgerApi.list(signal), staleTime: 5 * 60_000 });
  return data.filter((each) => each.per === entity);
}
