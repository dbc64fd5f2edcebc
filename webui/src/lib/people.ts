/** The people of the workspace: whom a user's id means. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { send } from "./api";
import { keys } from "./keys";

export interface Person {
  id: number;
  name: string;
  display_name: string | null;
}

/** People whose name contains the text, or those of the ids; at most 50. */
export const peopleQuery = (asked: { q?: string; ids?: readonly number[] }) =>
  queryOptions({
    queryKey: keys.users(asked),
    queryFn: async ({ signal }) => {
      const query = { q: asked.q, ids: asked.ids?.join(",") };
      return (await send<{ data: Person[] }>("GET", "/api/v1/people", { query, signal })).data.data;
    },
    staleTime: 10 * 60_000,
  });

export const nameOf = (person: Person): string => person.display_name || person.name;

/** The name of a user; "" while it is not known, and for the platform itself (0). */
export function usePersonName(id: number | null | undefined): string {
  const { data } = useQuery({ ...peopleQuery({ ids: [id ?? 0] }), enabled: typeof id === "number" && id > 0 });
  const found = data?.find((person) => person.id === id);
  return found ? nameOf(found) : "";
}
