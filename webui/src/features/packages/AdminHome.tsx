import { Navigate, useLocation } from "react-router";
import { baseOf } from "@/lib/addresses";
import { useOffer } from "@/lib/offer";
import { SECTIONS } from "@/render/admin/sections";

/** The first place of the administration that one may see. */
export function AdminHome() {
  const offer = useOffer();
  const base = baseOf(useLocation().pathname);
  const first = SECTIONS.find((section) => section.can(offer)) ?? SECTIONS.at(-1)!;
  return <Navigate to={`${base}/${first.path}`} replace />;
}
