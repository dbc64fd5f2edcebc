import { Input } from "antd";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/lib/api";
import { errorText, problemsByField } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import styles from "./SettingsPage.module.css";

/** Another password; every other device is signed out. onDone: when it was changed. */
export function PasswordForm({ onDone }: { onDone?: () => void } = {}) {
  const { t } = useTranslation();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [isDone, setDone] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const at = problemsByField(error);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!old || !fresh || isBusy) return;
    setBusy(true);
    setDone(false);
    setError(null);
    try {
      await api.post("/api/v1/auth/password", { body: { old_password: old, new_password: fresh }, resumes: false });
      setDone(true);
      setOld("");
      setFresh("");
      onDone?.();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      {isDone && <Note tone="ok" live="polite">{t("shell.changed_password")}</Note>}
      {error !== null && !at.old_password && !at.new_password && <Note tone="err" live="assertive">{errorText(error)}</Note>}
      <FieldRow label={t("shell.old_password")} errors={at.old_password}>
        {(ids) => <Input.Password {...ids} value={old} autoComplete="current-password" onChange={(event) => setOld(event.target.value)} />}
      </FieldRow>
      <FieldRow label={t("shell.new_password")} errors={at.new_password}>
        {(ids) => <Input.Password {...ids} value={fresh} autoComplete="new-password" onChange={(event) => setFresh(event.target.value)} />}
      </FieldRow>
      <div><Button submit busy={isBusy} reason={old && fresh ? undefined : ""}>{t("shell.change_password")}</Button></div>
    </form>
  );
}
