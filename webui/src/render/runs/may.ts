import type { Offer } from "@/lib/offer";

/** Administrators may do everything with runs, without the permission being named among theirs. */
export const managesRuns = (offer: Offer): boolean => offer.user.is_admin || offer.may.includes("flows");

export const seesRuns = (offer: Offer): boolean => managesRuns(offer) || offer.may.includes("runs");

export const mayDesign = (offer: Offer): boolean => offer.user.is_admin || offer.may.includes("design");
