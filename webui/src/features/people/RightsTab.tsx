import { useMutation, useQuery } from "@tanstack/react-query";
import { Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { errorText } from "@/lib/problems";
import type { User } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonForm } from "@/ui/Skeleton";
import { Permissions } from "./Permissions";
import styles from "./People.module.css";
import { peopleApi, peopleKeys } from "./peopleApi";
import { RightsMatrix } from "./RightsMatrix";

/** What one may do as his roles add up, and why something is refused. */
export function RightsTab({ user }: { user: User }) {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery({ queryKey: [...peopleKeys.rights(user.id), user.roles.join()], queryFn: ({ signal }) => peopleApi.rights(user.id, signal) });
  if (isPending) return <SkeletonForm />;
  if (error) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  if (data.is_admin) return <div className={styles.form}><Note tone="pri" lead={t("shell.administrator")}>{" "}{t("people.admin_rights")}</Note></div>;
  return (
    <div className={styles.form}>
      {data.unknown.length > 0 && <Note tone="warn">{t("people.unknown_roles", { names: data.unknown.join(", ") })}</Note>}
      {data.entities.length === 0 ? <Note tone="neu">{t("people.no_rights")}</Note> : <RightsMatrix rights={data.entities} label={t("people.rights")} />}
      <Permissions names={data.permissions} />
      <WhyNot user={user} />
    </div>
  );
}

function WhyNot({ user }: { user: User }) {
  const { t } = useTranslation();
  const { entities } = useOffer();
  const [entity, setEntity] = useState("");
  const [action, setAction] = useState("read");
  const [record, setRecord] = useState("");
  const ask = useMutation({ mutationFn: () => peopleApi.explain(user.id, { entity, action, record: record.trim() }) });
  const told = ask.data;
  return (
    <form className={styles.why} onSubmit={(event) => { event.preventDefault(); if (entity) ask.mutate(); }}>
      <h2 className={styles.part}>{t("people.why")}</h2>
      <div className={styles.asks}>
        <Select value={entity || undefined} placeholder={t("people.entity")} aria-label={t("people.entity")} onChange={setEntity} showSearch={{ optionFilterProp: "label" }}
          options={Object.values(entities).map((each) => ({ value: each.name, label: labelText(each.label) }))} />
        <Select value={action} aria-label={t("people.action")} onChange={setAction} options={(["read", "create", "update", "delete"] as const).map((each) => ({ value: each as string, label: t(`people.may_${each}`) }))} />
        <Input value={record} placeholder={t("people.record_id")} aria-label={t("people.record_id")} inputMode="numeric" onChange={(event) => setRecord(event.target.value.replace(/\D/g, ""))} />
        <Button submit busy={ask.isPending} reason={entity ? undefined : t("people.entity_first")}>{t("people.ask")}</Button>
      </div>
      {ask.error != null && <Note tone="err" live="assertive">{errorText(ask.error)}</Note>}
      {told && <Note tone={told.is_allowed ? "ok" : "warn"} live="polite">{t(`people.reason_${told.reason}`)}{told.condition && <> <code>{told.condition}</code></>}</Note>}
    </form>
  );
}
