import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Input, Modal, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText, problemsByField } from "@/lib/problems";
import { keys } from "@/lib/keys";
import { useOffer } from "@/lib/offer";
import type { User } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { toasts } from "@/ui/toasts";
import { filled } from "./attributes";
import styles from "./People.module.css";
import { peopleApi, peopleKeys, type UserChanges } from "./peopleApi";
import { type Attributes, RoleFields } from "./RoleFields";

/** Name, roles with their conditions, and whether he may sign in at all. */
export function UserForm({ user }: { user: User }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const me = useOffer().user;
  const [name, setName] = useState(user.display_name ?? "");
  const [roles, setRoles] = useState<string[]>(user.roles);
  const [attributes, setAttributes] = useState<Attributes>(user.attributes as Attributes);
  const [isAdmin, setAdmin] = useState(user.is_admin);
  const [isAsking, setAsking] = useState(false);
  const save = useMutation({
    mutationFn: (changes: UserChanges) => peopleApi.change(user.id, changes),
    onSuccess: async (_, changes) => {
      setAsking(false);
      toasts.show("is_active" in changes ? t(changes.is_active ? "people.activated" : "people.deactivated", { name: user.display_name || user.name }) : t("people.saved"));
      await Promise.all([client.invalidateQueries({ queryKey: peopleKeys.all }), client.invalidateQueries({ queryKey: peopleKeys.roles }), client.invalidateQueries({ queryKey: keys.users({}).slice(0, 1) })]);
    },
  });
  const at = problemsByField(save.error);
  const wanted = { display_name: name.trim() || null, roles, attributes: filled(attributes), is_admin: isAdmin };
  const before = { display_name: user.display_name, roles: user.roles, attributes: user.attributes, is_admin: user.is_admin };
  const changes = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof typeof before]))) as UserChanges;
  const isSame = Object.keys(changes).length === 0;
  const signsOut = ["roles", "attributes", "is_admin"].some((key) => key in changes);
  const isMe = user.id === me.id;
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); if (!isSame) save.mutate(changes); }} noValidate>
      {!user.is_active && <Note tone="warn" lead={t("people.inactive")}>{" "}{t("people.inactive_text")}</Note>}
      {save.error != null && !at.roles && !at.attributes && !at.display_name && <Note tone="err" live="assertive">{errorText(save.error)}</Note>}
      <FieldRow label={t("people.sign_in_name")}>{(ids) => <Input {...ids} value={user.name} readOnly />}</FieldRow>
      <FieldRow label={t("people.display_name")} errors={at.display_name}>
        {(ids) => <Input {...ids} value={name} onChange={(event) => setName(event.target.value)} />}
      </FieldRow>
      <RoleFields roles={roles} attributes={attributes} onRoles={setRoles} onAttributes={setAttributes} errors={at} />
      <div className={styles.line}>
        <span><span id="is-admin">{t("shell.administrator")}</span><small className={styles.small}>{t("people.admin_text")}</small></span>
        <Switch size="small" aria-labelledby="is-admin" checked={isAdmin} onChange={setAdmin} />
      </div>
      {signsOut && <Note tone="neu">{isMe ? t("people.signs_me_out") : t("people.signs_out")}</Note>}
      <div className={styles.foot}>
        <Button submit kind="primary" busy={save.isPending} reason={isSame ? t("people.nothing_changed") : undefined}>{t("action.save")}</Button>
        {user.is_active
          ? <Button kind="danger" reason={isMe ? t("people.not_myself") : undefined} onClick={() => setAsking(true)}>{t("people.deactivate")}</Button>
          : <Button onClick={() => save.mutate({ is_active: true })}>{t("people.activate")}</Button>}
      </div>
      <Modal open={isAsking} width={480} title={t("people.deactivate_question", { name: user.display_name || user.name })} onCancel={() => setAsking(false)}
        footer={<><Button onClick={() => setAsking(false)}>{t("people.keep")}</Button><Button kind="danger-solid" busy={save.isPending} onClick={() => save.mutate({ is_active: false })}>{t("people.deactivate")}</Button></>}>
        {t("people.deactivate_text")}
      </Modal>
    </form>
  );
}
