import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { fieldAt, useOffer } from "@/lib/offer";
import type { FieldOf } from "@/render/conditions/Conditions";
import { draftKeys, useDraft } from "@/render/builder/draft";
import { draftApi } from "@/render/builder/draftApi";

interface FieldDoc {
  name: string;
  capture?: string;
  fields?: FieldDoc[];
}

/** What the fields of an entity copy when a record is made, by their paths: "lines.group" → "product.group". */
function useCaptures(entity: string | undefined): ReadonlyMap<string, string> | undefined {
  const { draft } = useDraft();
  const id = draft?.id ?? 0;
  const { data } = useQuery({
    queryKey: [...draftKeys.documents(id, "entity"), "captures", entity],
    queryFn: async ({ signal }) => {
      const found = (await draftApi.documents(id, "entity", signal)).find((each) => each.name === entity);
      const fields = found ? ((await draftApi.document(id, found.key, signal)).body.fields as FieldDoc[]) : [];
      const of = (list: readonly FieldDoc[], before = ""): [string, string][] =>
        list.flatMap((each) => [...(each.capture ? [[before + each.name, each.capture] as [string, string]] : []), ...of(each.fields ?? [], `${each.name}.`)]);
      return new Map(of(fields));
    },
    enabled: draft !== null && entity !== undefined,
  });
  return data;
}

/** Fields of the rules' document by their paths; those of its lines come first where a rule goes line by line. A copy has the options of what it copies. */
export function useFieldOf(entityName: string | undefined, over: string | undefined): FieldOf {
  const offer = useOffer();
  const captures = useCaptures(entityName);
  return useCallback(
    (path) => {
      const entity = entityName ? offer.entity(entityName) : undefined;
      const [first = "", ...rest] = path.split(".");
      const lines = over ? entity?.fields.find((each) => each.name === over)?.fields : undefined;
      const own = lines?.find((each) => each.name === first);
      if (!own) return fieldAt(offer, entity, path);
      if (rest.length) return own.to ? fieldAt(offer, offer.entity(own.to), rest.join(".")) : own;
      const [reference, ...source] = captures?.get(`${over}.${first}`)?.split(".") ?? [];
      const to = lines?.find((each) => each.name === reference)?.to;
      return (to && fieldAt(offer, offer.entity(to), source.join("."))) || own;
    },
    [captures, entityName, offer, over],
  );
}
