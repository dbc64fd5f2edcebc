import { QueryClient } from "@tanstack/react-query";
import { isPassing } from "./errors";

/** The cache of what the server said. A passing failure is tried twice more, anything else not. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => isPassing(error) && count < 2,
        retryDelay: (count) => Math.min(800 * 2 ** count, 5_000),
      },
      mutations: { retry: false },
    },
  });
}
