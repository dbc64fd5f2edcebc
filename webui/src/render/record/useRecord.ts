import { useQuery } from "@tanstack/react-query";
import { keys } from "@/lib/keys";
import { type Offer, useOffer } from "@/lib/offer";
import { records } from "@/lib/records";
import type { AppEntity } from "@/lib/wire";

/** The references of an entity whose records are wanted inside, so that their names are known. */
export function expandsOf(entity: AppEntity, offer: Offer): string[] {
  const own = entity.fields.filter((field) => (field.type === "reference" || field.type === "multi_reference") && field.to && offer.entity(field.to));
  const inner = entity.fields
    .filter((field) => field.type === "lines")
    .flatMap((field) => (field.fields ?? []).filter((each) => each.type === "reference" && each.to && offer.entity(each.to)).map((each) => `${field.name}.${each.name}`));
  return [...own.map((field) => field.name), ...inner].slice(0, 20);
}

/** A record with its lines, the records that it refers to, and its tag. */
export function useRecord(entity: AppEntity, key: string) {
  const offer = useOffer();
  return useQuery({
    queryKey: keys.record(entity.name, key),
    queryFn: ({ signal }) => records.get(entity.name, key, expandsOf(entity, offer), signal),
    enabled: key !== "",
  });
}
