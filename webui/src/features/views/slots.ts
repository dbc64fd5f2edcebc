/** Where the formulas of a view stand: those of records are checked by their entity, since a filter need not be there yet. */
import { entitySlot, slotAt } from "@/render/builder/words";
import type { Slot } from "@/render/formula/formulaApi";
import type { ViewBody } from "./viewModel";

export function slotOf(draft: number | undefined, document: string, body: ViewBody, pointer: string, expect?: string): Slot {
  if (!body.entity) return slotAt(draft, document, pointer, expect);
  return entitySlot(draft, body.entity, expect);
}
