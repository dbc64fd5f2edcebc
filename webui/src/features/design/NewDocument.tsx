import { useQueryClient } from "@tanstack/react-query";
import { Input, Modal, Select, type InputRef } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useDraft } from "@/render/builder/draft";
import { draftApi, type Body } from "@/render/builder/draftApi";
import { builderAddress } from "@/render/builder/places";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { focusInput } from "@/ui/focus";
import { FieldRow } from "@/ui/FieldRow";
import styles from "./DesignPage.module.css";
import { codeName } from "@/render/builder/codeName";
import { blankBody, KINDS, type KindName } from "./kinds";

const OFFERED = KINDS.filter((each) => blankBody(each.name) !== null);

/** A new document: its kind and its label; the code name is made from the label, once. */
export function NewDocument({ app, kind, onClose }: { app: string; kind: KindName; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { ensure } = useDraft();
  const [chosen, setChosen] = useState<KindName>(blankBody(kind) ? kind : "entity");
  const [label, setLabel] = useState("");
  const [name, setName] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const first = useRef<InputRef>(null);
  const made = name ?? codeName(label);
  const create = async () => {
    setBusy(true);
    setError(null);
    try {
      const draft = await ensure();
      const body = { kind: chosen, name: made, label: { zh: label.trim(), en: label.trim() }, ...blankBody(chosen) } as Omit<Body, "uid">;
      const document = await draftApi.create(draft.id, body, t("design.did_new", { name: label.trim() }));
      await client.invalidateQueries({ queryKey: ["draft"] });
      void navigate(`${builderAddress(app, chosen, document.key, draft.id)}&fresh=1`);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const reason = !label.trim() ? t("design.label_first") : /^[a-z][a-z0-9_]{0,40}$/.test(made) ? undefined : t("design.name_rule");
  return (
    <Modal open width={480} afterOpenChange={(isOpen) => isOpen && focusInput(first.current)} title={t("design.new_title")} onCancel={onClose} footer={
      <div className={styles.foot}>
        <Button onClick={onClose}>{t("action.cancel")}</Button>
        <Button kind="primary" busy={busy} reason={reason} onClick={() => void create()}>{t("design.create", { kind: t(`design.kind.${chosen}`) })}</Button>
      </div>
    }>
      <FieldRow label={t("design.what")}>
        {(ids) => <Select {...ids} value={chosen} onChange={setChosen} options={OFFERED.map((each) => ({ value: each.name, label: t(`design.kind.${each.name}`) }))} style={{ width: "100%" }} />}
      </FieldRow>
      <FieldRow label={t("design.label")} required>
        {(ids) => <Input {...ids} ref={first} value={label} onChange={(event) => setLabel(event.target.value)} onKeyDown={(event) => { if (event.key === "Enter" && !event.nativeEvent.isComposing && !reason) void create(); }} />}
      </FieldRow>
      <FieldRow label={t("design.name")} help={t("design.name_rule")}>
        {(ids) => <Input {...ids} className="mono" value={made} onChange={(event) => setName(event.target.value)} />}
      </FieldRow>
      {error != null && <ErrorBlock error={error} />}
    </Modal>
  );
}
