import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { titleOf } from "@/fields/titles";
import { keys } from "@/lib/keys";
import { errorText } from "@/lib/problems";
import { records } from "@/lib/records";
import type { AppEntity, WireRecord } from "@/lib/wire";
import { toasts } from "@/ui/toasts";

const UNDO_MS = 10_000;

/** Deletes a record, and offers to bring it back. */
export function useRemove(entity: AppEntity) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: keys.entity(entity.name) });
  const restore = async (record: WireRecord) => {
    try {
      await records.restore(entity.name, record.ref);
      toasts.show(t("record.restored", { name: titleOf(entity, record) }));
    } catch (error) {
      toasts.show(errorText(error));
    }
    await refresh();
  };
  /** Raises: what the server refused. */
  return async (record: WireRecord, etag?: string) => {
    await records.remove(entity.name, record.ref, etag);
    const undo = { label: t("action.undo"), run: () => void restore(record) };
    toasts.show(t("record.deleted", { name: titleOf(entity, record) }), undo, UNDO_MS);
    client.removeQueries({ queryKey: keys.record(entity.name, record.ref) });
    await refresh();
  };
}
