import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Modal } from "antd";
import { KeyRound, LogOut } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { errorText } from "@/lib/problems";
import type { User } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { toasts } from "@/ui/toasts";
import styles from "./People.module.css";
import { peopleApi, peopleKeys } from "./peopleApi";
import { SecretNote } from "./SecretNote";

/** How somebody signs in: a new one-time password, open sessions, API keys. */
export function SignInTab({ user }: { user: User }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [password, setPassword] = useState("");
  const sessions = useQuery({ queryKey: peopleKeys.sessions(user.id), queryFn: ({ signal }) => peopleApi.sessions(user.id, signal) });
  const apiKeys = useQuery({ queryKey: peopleKeys.keys(user.id), queryFn: ({ signal }) => peopleApi.keys(user.id, signal) });
  const name = user.display_name || user.name;
  const act = useMutation({
    mutationFn: async (what: { verb: "issue" } | { verb: "end" } | { verb: "revoke"; key: string }) => {
      if (what.verb === "issue") setPassword(await peopleApi.issue(user.id));
      else if (what.verb === "end") await peopleApi.endSessions(user.id);
      else await peopleApi.revoke(what.key);
      return what.verb;
    },
    onSuccess: async (verb) => {
      setAsking(false);
      if (verb !== "issue") toasts.show(t(verb === "end" ? "people.ended" : "people.revoked"));
      await Promise.all([client.invalidateQueries({ queryKey: peopleKeys.sessions(user.id) }), client.invalidateQueries({ queryKey: peopleKeys.keys(user.id) })]);
    },
  });
  return (
    <div className={styles.form}>
      {act.error != null && <Note tone="err" live="assertive">{errorText(act.error)}</Note>}
      {password && <SecretNote name={name} password={password} />}
      <div><Button icon={<KeyRound />} onClick={() => setAsking(true)}>{t("people.reset")}</Button></div>
      <h2 className={styles.part}>{t("people.sessions")}</h2>
      {sessions.isError && <ErrorBlock error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data?.length === 0 && <p className={styles.small}>{t("people.no_sessions")}</p>}
      <ul className={styles.list}>
        {sessions.data?.map((session) => (
          <li key={session.created_at + session.seen_at}>
            <span>{t("people.session_since", { at: formatInstant(session.created_at, { brief: true }) })}</span>
            <span className={styles.small}>{t("people.session_seen", { at: formatInstant(session.seen_at, { brief: true }) })}</span>
          </li>
        ))}
      </ul>
      {(sessions.data?.length ?? 0) > 0 && <div><Button icon={<LogOut />} busy={act.isPending} onClick={() => act.mutate({ verb: "end" })}>{t("people.end_sessions")}</Button></div>}
      <h2 className={styles.part}>{t("people.keys")}</h2>
      {apiKeys.isError && <ErrorBlock error={apiKeys.error} onRetry={() => void apiKeys.refetch()} />}
      {apiKeys.data?.length === 0 && <p className={styles.small}>{t("people.no_keys")}</p>}
      <ul className={styles.list}>
        {apiKeys.data?.map((key) => (
          <li key={key.id}>
            <span>{key.label}<small className={styles.small}>{key.scopes.map((scope) => t(`api_page.scope_${scope}`)).join(" · ")} · {key.used_at ? t("people.used", { at: formatInstant(key.used_at, { brief: true }) }) : t("people.unused")}</small></span>
            <Button small kind="danger" label={t("people.revoke_name", { name: key.label })} onClick={() => act.mutate({ verb: "revoke", key: key.id })}>{t("people.revoke")}</Button>
          </li>
        ))}
      </ul>
      <Modal open={isAsking} width={480} title={t("people.reset_question", { name })} onCancel={() => setAsking(false)}
        footer={<><Button onClick={() => setAsking(false)}>{t("people.keep_password")}</Button><Button kind="primary" busy={act.isPending} onClick={() => act.mutate({ verb: "issue" })}>{t("people.reset")}</Button></>}>
        {t("people.reset_text")}
      </Modal>
    </div>
  );
}
