import { Braces, History, ListTodo, type LucideIcon, Mail, Package, ShieldCheck, Users } from "lucide-react";
import type { Offer } from "@/lib/offer";

/** A place of the administration, below /a/<application>/. */
export interface Section {
  id: "packages" | "people" | "roles" | "jobs" | "audit" | "deliveries" | "api";
  path: string;
  icon: LucideIcon;
  can: (offer: Offer) => boolean;
}

const may = (...wanted: string[]) => (offer: Offer) => offer.user.is_admin || wanted.some((each) => offer.may.includes(each));
const isAdmin = (offer: Offer) => offer.user.is_admin;

/** The places of the administration in their order, each with who may see it. */
export const SECTIONS: readonly Section[] = [
  { id: "packages", path: "admin/packages", icon: Package, can: may("design", "publish") },
  { id: "people", path: "admin/people", icon: Users, can: isAdmin },
  { id: "roles", path: "admin/roles", icon: ShieldCheck, can: isAdmin },
  { id: "jobs", path: "admin/jobs", icon: ListTodo, can: may("jobs", "imports", "exports") },
  { id: "audit", path: "admin/audit", icon: History, can: may("audit") },
  { id: "deliveries", path: "admin/deliveries", icon: Mail, can: may("messages") },
  { id: "api", path: "admin/api", icon: Braces, can: () => true },
];

/** Whether somebody has anything to administrate; keys of one's own are reached from the settings too. */
export const administrates = (offer: Offer): boolean => SECTIONS.some((section) => section.id !== "api" && section.can(offer));
