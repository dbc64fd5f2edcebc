/** What the parts of the designer are handed. */
import type { Label } from "@/lib/wire";
import type { DraftDocument } from "@/render/builder/draftApi";
import { textOf } from "@/render/builder/words";
import type { EntityBody } from "@/render/builder/entityModel";

export interface PartProps {
  body: EntityBody;
  document: DraftDocument;
  change: (next: EntityBody, label?: Label | string, gesture?: string) => void;
}

/** All entities of the draft. */
export type Entities = readonly { key: string; body: EntityBody }[];

export function choicesOf(entities: Entities): { value: string; label: string }[] {
  return entities.map(({ body }) => ({ value: body.name, label: textOf(body.label, body.name) }));
}
