import { Checkbox, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";

/** Asks in proportion: what can be restored needs a check mark. */
export function BulkDeleteDialog({ isOpen, count, what, onClose, onDelete }: {
  isOpen: boolean;
  count: number;
  what: string;
  onClose: () => void;
  onDelete: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const [isSure, setSure] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setSure(false);
    setError(null);
    onClose();
  };
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      await onDelete();
      setSure(false);
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  const footer = (
    <div style={{ display: "flex", justifyContent: "flex-end", gap: 8 }}>
      <Button onClick={close}>{t("action.cancel")}</Button>
      <Button kind="danger-solid" busy={isBusy} reason={isSure ? undefined : t("list.delete_confirm", { count })} onClick={() => void remove()}>
        {t("action.delete")}
      </Button>
    </div>
  );
  return (
    <Modal open={isOpen} title={t("list.delete_title", { count, what })} width={480} footer={footer} onCancel={close} destroyOnHidden>
      <p style={{ marginBottom: 12 }}>{t("list.delete_text")}</p>
      {error !== null && <div style={{ marginBottom: 12 }}><Note tone="err" live="assertive">{errorText(error)}</Note></div>}
      <Checkbox checked={isSure} onChange={(event) => setSure(event.target.checked)}>{t("list.delete_confirm", { count })}</Checkbox>
    </Modal>
  );
}
