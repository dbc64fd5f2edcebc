import type { RouteObject } from "react-router";
import type { LucideIcon } from "lucide-react";
import type { Offer } from "@/lib/offer";

/** A place of the sidebar that a feature adds, above the application's menus. */
export interface NavPlace {
  id: string;
  /** Key of a message. */
  label: string;
  icon: LucideIcon;
  /** Below /a/<application>/. */
  path: string;
  order: number;
  can?: (offer: Offer) => boolean;
  /** A hook that counts what waits there; 0 shows nothing. */
  useCount?: () => number;
  /** "foot": at the bottom, like "Design this app". */
  at?: "top" | "foot";
  keys?: string;
}

/** What a feature brings. The app finds `feature` in each features/<name>/feature.tsx by itself. */
export interface Feature {
  /** Pages inside the work shell, below /a/:app/. */
  routes?: RouteObject[];
  /** Pages with the whole window and a signed-in person, below /b/:app/ (builders with their ink bar). */
  builders?: RouteObject[];
  /** Pages for everybody, without any shell. */
  bare?: RouteObject[];
  nav?: NavPlace[];
}
