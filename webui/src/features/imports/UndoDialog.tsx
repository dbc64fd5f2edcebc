import { Checkbox, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { figuresOf, type Job } from "./importApi";
import styles from "./Imports.module.css";

/** Taking an import back: counts first, then consent, since records go. */
export function UndoDialog({ isOpen, job, isBusy, error, onClose, onUndo }: {
  isOpen: boolean;
  job: Job;
  isBusy: boolean;
  error: unknown;
  onClose: () => void;
  onUndo: () => void;
}) {
  const { t } = useTranslation();
  const [isSure, setSure] = useState(false);
  const { created, revised } = figuresOf(job);
  const close = () => {
    setSure(false);
    onClose();
  };
  const footer = (
    <div className={styles.dialogFoot}>
      <Button onClick={close}>{t("imports.keep_it")}</Button>
      <Button kind="danger-solid" busy={isBusy} reason={isSure ? undefined : t("imports.tick_first")} onClick={onUndo}>{t("imports.undo")}</Button>
    </div>
  );
  return (
    <Modal open={isOpen} title={t("imports.undo_title", { file: job.files[0]?.name ?? "" })} width={480} footer={footer} onCancel={close} destroyOnHidden>
      <div className={styles.dialog}>
        {error != null && <Note tone="err" live="assertive">{errorText(error)}</Note>}
        <p>{t("imports.undo_text")}</p>
        <Checkbox checked={isSure} onChange={({ target }) => setSure(target.checked)}>
          {t("imports.undo_sure", { created: formatNumber(created), revised: formatNumber(revised) })}
        </Checkbox>
      </div>
    </Modal>
  );
}
