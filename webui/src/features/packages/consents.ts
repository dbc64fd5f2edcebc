import type { Change, Plan } from "./packagesApi";
import { nameOf, risksOf } from "./planModel";

/** What was agreed to, by the key of the change: the typed name, or "yes". */
export type Consents = Readonly<Record<string, string>>;

/** Consent in proportion: a removal of values by its name, everything else by a tick. */
export const isAgreed = (change: Change, consents: Consents): boolean => {
  const given = consents[change.key] ?? "";
  return change.risk === "hides_data" ? given.trim() === nameOf(change) : given === "yes";
};

/** How many consents are missing. */
export const missingOf = (plan: Plan, consents: Consents): number => risksOf(plan).filter((change) => !isAgreed(change, consents)).length;
