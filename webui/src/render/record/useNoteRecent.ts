import { useEffect } from "react";
import { titleOf } from "@/fields/titles";
import { labelText } from "@/lib/i18n";
import { noteRecent } from "@/lib/recents";
import type { AppEntity, WireRecord } from "@/lib/wire";

/** Keep a record among those that were opened last. */
export function useNoteRecent(entity: AppEntity, record: WireRecord | undefined, to: string): void {
  const title = record ? titleOf(entity, record) : "";
  const ref = record?.ref;
  const kind = labelText(entity.label);
  useEffect(() => {
    if (ref) noteRecent({ to, title, kind, identity: ref });
  }, [ref, to, title, kind]);
}
