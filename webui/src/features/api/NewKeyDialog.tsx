import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Input, Modal, Segmented } from "antd";
import { Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/lib/api";
import { errorText, problemsByField } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { toasts } from "@/ui/toasts";
import styles from "./ApiPage.module.css";
import { apiKeysKey } from "./apiKeysKey";

const SCOPES = ["read", "write", "metadata", "users"] as const;
type Scope = (typeof SCOPES)[number];
const DAY_MS = 86_400_000;

/** A key for a program: what it is called, what it may do, how long it lives. It is shown once. */
export function NewKeyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [label, setLabel] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const [days, setDays] = useState<"30" | "365" | "0">("365");
  const make = useMutation({
    mutationFn: async () => {
      const expires_at = days === "0" ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString();
      return (await api.post("/api/v1/auth/keys", { body: { label: label.trim(), scopes, expires_at } })).data.key;
    },
    onSuccess: () => client.invalidateQueries({ queryKey: apiKeysKey }),
  });
  const at = problemsByField(make.error);
  const why = !label.trim() ? t("api_page.label_first") : scopes.length === 0 ? t("api_page.scopes_first") : undefined;
  const copy = (text: string) => void navigator.clipboard?.writeText(text).then(() => toasts.show(t("action.copied")));
  const footer = make.data ? <Button kind="primary" onClick={onClose}>{t("api_page.kept")}</Button> : (
    <div className={styles.foot}>
      <Button onClick={onClose}>{t("action.cancel")}</Button>
      <Button kind="primary" busy={make.isPending} reason={why} onClick={() => make.mutate()}>{t("api_page.create")}</Button>
    </div>
  );
  return (
    <Modal open width={480} title={t("api_page.new_key")} onCancel={onClose} footer={footer} maskClosable={!make.data}>
      {make.data ? (
        <div className={styles.form} role="status">
          <Note tone="ok" lead={t("api_page.once")}>{" "}{t("api_page.once_text")}</Note>
          <p className={styles.key}><code data-secret="">{make.data}</code></p>
          <div><Button icon={<Copy />} onClick={() => copy(make.data)}>{t("action.copy")}</Button></div>
        </div>
      ) : (
        <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (!why) make.mutate(); }} noValidate>
          {make.error != null && !at.label && !at.scopes && <Note tone="err" live="assertive">{errorText(make.error)}</Note>}
          <FieldRow label={t("api_page.label")} help={t("api_page.label_help")} errors={at.label} required>
            {(ids) => <Input {...ids} value={label} autoFocus maxLength={100} onChange={(event) => setLabel(event.target.value)} />}
          </FieldRow>
          <fieldset className={styles.set}>
            <legend>{t("api_page.scopes")}</legend>
            <Checkbox.Group<Scope> value={scopes} onChange={setScopes} options={SCOPES.map((value) => ({ value, label: t(`api_page.scope_${value}`) }))} />
          </fieldset>
          <div className={styles.set}>
            <span id="key-expires">{t("api_page.expires")}</span>
            <Segmented aria-labelledby="key-expires" value={days} onChange={setDays} options={[{ value: "30", label: t("api_page.days_30") }, { value: "365", label: t("api_page.days_365") }, { value: "0", label: t("api_page.never") }]} />
          </div>
        </form>
      )}
    </Modal>
  );
}
