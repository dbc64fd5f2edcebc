import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { addresses, baseOf } from "@/lib/addresses";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { usePersonName } from "@/lib/people";

/** Whom a delivery goes to, or what it is about: a user, a record, a group. */
export function Receiver({ to }: { to: Record<string, unknown> | null }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const base = baseOf(useLocation().pathname);
  const user = typeof to?.user === "number" ? to.user : 0;
  const name = usePersonName(user || null);
  if (typeof to?.group === "string") return <>{t("deliveries.group", { name: to.group })}</>;
  if (typeof to?.entity === "string" && typeof to.record === "number") {
    return <Link to={addresses.record(base, to.entity, to.record)} onClick={(event) => event.stopPropagation()}>{labelText(offer.entity(to.entity)?.label) || to.entity} #{to.record}</Link>;
  }
  return <>{name || (user ? t("deliveries.user", { id: user }) : "–")}</>;
}
