import { House } from "lucide-react";
import type { Feature, NavPlace } from "@/render/feature";

const found = import.meta.glob<{ feature: Feature }>("../features/*/feature.tsx", { eager: true });

/** Every feature, in the order of their folders. */
export const features: readonly Feature[] = Object.keys(found).sort().map((path) => found[path]!.feature);

const home: NavPlace = { id: "home", label: "shell.home", icon: House, path: "", order: 0 };

/** The places of the sidebar above and below the menus. */
export const places: readonly NavPlace[] = [home, ...features.flatMap((feature) => feature.nav ?? [])].sort(
  (one, other) => one.order - other.order,
);
