import { useCallback } from "react";
import { fieldAt, useOffer } from "@/lib/offer";
import type { FieldOf } from "@/render/conditions/Conditions";

/** Fields of the rules' document by their paths; those of its lines come first where a rule goes line by line. */
export function useFieldOf(entityName: string | undefined, over: string | undefined): FieldOf {
  const offer = useOffer();
  return useCallback(
    (path) => {
      const entity = entityName ? offer.entity(entityName) : undefined;
      const [first = "", ...rest] = path.split(".");
      const own = over ? entity?.fields.find((each) => each.name === over)?.fields?.find((each) => each.name === first) : undefined;
      if (!own) return fieldAt(offer, entity, path);
      return rest.length && own.to ? fieldAt(offer, offer.entity(own.to), rest.join(".")) : own;
    },
    [entityName, offer, over],
  );
}
