import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "react-router";
import { addresses, baseOf } from "@/lib/addresses";
import { keys } from "@/lib/keys";
import { useOffer } from "@/lib/offer";
import { records } from "@/lib/records";
import type { Json } from "@/lib/wire";
import { expandedOf, idOf, titleOf } from "../titles";

/** The name of a record referred to; on a page a link to it. What only has an id is asked for. */
export function ReferenceName({ to, value, isLink }: { to: string | undefined; value: Json | undefined; isLink: boolean }) {
  const offer = useOffer();
  const { pathname } = useLocation();
  const entity = to ? offer.entity(to) : undefined;
  const id = idOf(value);
  const expanded = expandedOf(value);
  const asked = useQuery({
    queryKey: keys.byId(to ?? "", id ?? 0),
    queryFn: ({ signal }) => records.byId(to!, id!, signal),
    enabled: entity !== undefined && id !== null && expanded === undefined,
    staleTime: 5 * 60_000,
  });
  const record = expanded ?? asked.data ?? undefined;
  const text = record ? titleOf(entity, record) : `#${id ?? ""}`;
  if (!isLink || !entity || !record?.ref) return <span>{text}</span>;
  return <Link to={addresses.record(baseOf(pathname), entity.name, record.ref)}>{text}</Link>;
}
