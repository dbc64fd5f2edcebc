import { useQuery } from "@tanstack/react-query";
import { peopleApi, peopleKeys, type Role } from "./peopleApi";

/** The roles of all packages. */
export function useRoles() {
  return useQuery({ queryKey: peopleKeys.roles, queryFn: ({ signal }) => peopleApi.roles(signal), staleTime: 60_000 });
}

/** The attributes of a user that the conditions of these roles compare with. */
export function askedBy(roles: readonly Role[] | undefined, chosen: readonly string[]): string[] {
  const found = (roles ?? []).filter((role) => chosen.includes(role.name)).flatMap((role) => [
    ...role.asks,
    ...askedBy(roles, role.includes.filter((name) => !chosen.includes(name))),
  ]);
  return [...new Set(found)].sort();
}
