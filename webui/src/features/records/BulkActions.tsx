import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { inText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { errorText } from "@/lib/problems";
import { records } from "@/lib/records";
import type { AppEntity, WireRecord } from "@/lib/wire";
import { BulkBar } from "@/render/list/BulkBar";
import type { Selection } from "@/render/list/selection";
import { Button } from "@/ui/Button";
import { toasts } from "@/ui/toasts";
import { BulkDeleteDialog } from "./BulkDeleteDialog";
import { BulkEditDialog } from "./BulkEditDialog";

const UNDO_MS = 10_000;

/** What can be done with the checked rows. */
export function BulkActions({ entity, selection, rows, total, filter }: {
  entity: AppEntity;
  selection: Selection;
  rows: readonly WireRecord[];
  total: number | undefined;
  filter: string;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [dialog, setDialog] = useState<"none" | "edit" | "delete">("none");
  const what = inText(entity.label);
  const count = selection.isAll ? (total ?? rows.length) : selection.ids.size;
  const refresh = () => client.invalidateQueries({ queryKey: keys.entity(entity.name) });
  const close = () => setDialog("none");
  const restore = async (refs: readonly (string | number)[]) => {
    try {
      await records.bulkRestore(entity.name, refs);
      toasts.show(t("list.restored", { count: refs.length }));
    } catch (error) {
      toasts.show(errorText(error));
    }
    await refresh();
  };
  const remove = async () => {
    const answer = selection.isAll
      ? await records.deleteWhere(entity.name, filter || "TRUE")
      : await records.bulkDelete(entity.name, [...selection.ids]);
    const ids = answer.data.map((row) => row.id);
    selection.clear();
    close();
    const undo = { label: t("action.undo"), run: () => void restore(ids) };
    toasts.show(t("list.deleted", { count: answer.deleted, what }), undo, UNDO_MS);
    await refresh();
  };
  if (!entity.may.update && !entity.may.delete) return null;
  return (
    <>
      <BulkBar selection={selection} loaded={rows.map((row) => row.id)} total={total}>
        {entity.may.update && <Button kind="text" small icon={<Pencil />} onClick={() => setDialog("edit")}>{t("list.bulk_edit")}</Button>}
        {entity.may.delete && <Button kind="text" small icon={<Trash2 />} onClick={() => setDialog("delete")}>{t("action.delete")}</Button>}
      </BulkBar>
      <BulkDeleteDialog isOpen={dialog === "delete"} count={count} what={what} onClose={close} onDelete={remove} />
      <BulkEditDialog
        isOpen={dialog === "edit"}
        entity={entity}
        count={count}
        target={selection.isAll ? { filter: filter || "TRUE" } : { ids: [...selection.ids] }}
        onClose={close}
        onDone={async (changed) => {
          selection.clear();
          close();
          toasts.show(t("list.updated", { count: changed }));
          await refresh();
        }}
      />
    </>
  );
}
