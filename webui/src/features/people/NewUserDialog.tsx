import { useQueryClient } from "@tanstack/react-query";
import { Input, Modal, Segmented } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { currentLanguage, LANGUAGES } from "@/lib/i18n";
import { errorText, problemsByField } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { filled } from "./attributes";
import styles from "./People.module.css";
import { peopleApi, peopleKeys } from "./peopleApi";
import { type Attributes, RoleFields } from "./RoleFields";
import { SecretNote } from "./SecretNote";

/** Somebody new: name, roles, and a one-time password to hand over. */
export function NewUserDialog({ onClose, onOpen }: { onClose: () => void; onOpen: (id: number) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [shown, setShown] = useState("");
  const [language, setLanguage] = useState<"zh" | "en">(currentLanguage() === "en" ? "en" : "zh");
  const [roles, setRoles] = useState<string[]>([]);
  const [attributes, setAttributes] = useState<Attributes>({});
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<{ id: number; password: string } | null>(null);
  const at = problemsByField(error);
  const create = async (event?: FormEvent) => {
    event?.preventDefault();
    if (busy || !name.trim()) return;
    setBusy(true);
    setError(null);
    try {
      const user = await peopleApi.create({ name: name.trim(), display_name: shown.trim() || null, language, roles, attributes: filled(attributes) });
      setMade({ id: user.id, password: await peopleApi.issue(user.id) });
      await client.invalidateQueries({ queryKey: peopleKeys.all });
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  const footer = made ? (
    <Button kind="primary" onClick={() => { onClose(); onOpen(made.id); }}>{t("people.handed")}</Button>
  ) : (
    <div className={styles.foot}>
      <Button onClick={onClose}>{t("action.cancel")}</Button>
      <Button kind="primary" busy={busy} reason={name.trim() ? undefined : t("people.name_first")} onClick={() => void create()}>{t("people.create")}</Button>
    </div>
  );
  return (
    <Modal open width={480} title={t("people.new")} onCancel={onClose} footer={footer} maskClosable={!name}>
      {made ? <SecretNote name={shown || name} password={made.password} /> : (
        <form className={styles.form} onSubmit={(event) => void create(event)} noValidate>
          {error !== null && !at.name && !at.roles && !at.attributes && <Note tone="err" live="assertive">{errorText(error)}</Note>}
          <FieldRow label={t("people.sign_in_name")} help={t("people.sign_in_name_help")} errors={at.name} required>
            {(ids) => <Input {...ids} value={name} autoFocus autoComplete="off" onChange={(event) => setName(event.target.value)} />}
          </FieldRow>
          <FieldRow label={t("people.display_name")} errors={at.display_name}>
            {(ids) => <Input {...ids} value={shown} autoComplete="off" onChange={(event) => setShown(event.target.value)} />}
          </FieldRow>
          <RoleFields roles={roles} attributes={attributes} onRoles={setRoles} onAttributes={setAttributes} errors={at} />
          <div className={styles.line}>
            <span id="new-language">{t("shell.language")}</span>
            <Segmented aria-labelledby="new-language" value={language} onChange={setLanguage} options={LANGUAGES.map((each) => ({ value: each.code === "en" ? "en" as const : "zh" as const, label: each.name }))} />
          </div>
          <button type="submit" hidden aria-hidden tabIndex={-1} />
        </form>
      )}
    </Modal>
  );
}
