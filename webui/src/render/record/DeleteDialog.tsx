import { Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { titleOf } from "@/fields/titles";
import { errorText } from "@/lib/problems";
import type { AppEntity, WireRecord } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { useRemove } from "./useRemove";

/** Asks before one record is deleted; it can be restored, so a plain button is enough. */
export function DeleteDialog({ isOpen, entity, record, etag, onClose, onDeleted }: {
  isOpen: boolean;
  entity: AppEntity;
  record: WireRecord;
  etag: string;
  onClose: () => void;
  onDeleted: () => void;
}) {
  const { t } = useTranslation();
  const remove = useRemove(entity);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setError(null);
    onClose();
  };
  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await remove(record, etag);
      close();
      onDeleted();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  const footer = (
    <div style={{ display: "flex", justifyContent: "flex-end", gap: 8 }}>
      <Button onClick={close}>{t("action.cancel")}</Button>
      <Button kind="danger-solid" busy={isBusy} onClick={() => void run()}>{t("action.delete")}</Button>
    </div>
  );
  return (
    <Modal open={isOpen} title={t("record.delete_title", { name: titleOf(entity, record) })} width={480} footer={footer} onCancel={close} destroyOnHidden>
      <p>{t("record.delete_text")}</p>
      {error !== null && <div style={{ marginTop: 12 }}><Note tone="err" live="assertive">{errorText(error)}</Note></div>}
    </Modal>
  );
}
