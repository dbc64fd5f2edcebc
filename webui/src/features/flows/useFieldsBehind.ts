import { useCallback } from "react";
import { fieldAt, useOffer } from "@/lib/offer";
import type { FieldOf } from "@/render/conditions/Conditions";
import { useDesigner } from "./designer";

/** Fields by the paths that conditions of the flow use: of the trigger's record, also as it was before and after. */
export function useFieldsBehind(): FieldOf {
  const offer = useOffer();
  const { entity } = useDesigner().body.trigger;
  return useCallback(
    (path) => {
      const [first = "", ...rest] = path.split(".");
      if (!entity || !["record", "before", "after"].includes(first) || rest.length === 0) return undefined;
      return fieldAt(offer, offer.entity(entity), rest.join("."));
    },
    [entity, offer],
  );
}
