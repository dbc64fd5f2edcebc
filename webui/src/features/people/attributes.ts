import type { Attributes } from "./RoleFields";

/** Attributes without those that are empty, which the server does not take. */
export const filled = (attributes: Attributes): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== "" && value !== null));
