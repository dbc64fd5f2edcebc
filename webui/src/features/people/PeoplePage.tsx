import { useInfiniteQuery } from "@tanstack/react-query";
import { Input, Select } from "antd";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { useSettled } from "@/lib/time";
import { withValue } from "@/lib/url";
import { AdminPage } from "@/render/admin/AdminPage";
import { AvatarTile } from "@/ui/AvatarTile";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { PlainTable } from "@/ui/PlainTable";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import { NewUserDialog } from "./NewUserDialog";
import styles from "./People.module.css";
import { peopleApi, peopleKeys } from "./peopleApi";
import { useRoles } from "./useRoles";
import { UserPanel } from "./UserPanel";

/** Everybody who may sign in: found by name, role and activity; one beside the list. */
export function PeoplePage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [isNew, setNew] = useState(false);
  const [text, setText] = useState(params.get("q") ?? "");
  const set = (name: string, value: string) => setParams((before) => withValue(before, name, value ? [value] : []), { replace: true });
  const open = Number(params.get("user") ?? 0);
  const asked = { q: useSettled(text.trim(), 250), role: params.get("role") ?? "", active: params.get("active") ?? "" };
  const roles = useRoles();
  const list = useInfiniteQuery({
    queryKey: peopleKeys.list(asked),
    queryFn: ({ pageParam, signal }) => peopleApi.list(asked, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const titleOfRole = (name: string) => labelText(roles.data?.find((role) => role.name === name)?.label) || name;
  const add = <Button kind="primary" icon={<UserPlus />} onClick={() => setNew(true)}>{t("people.new")}</Button>;
  return (
    <AdminPage at="people" actions={add} panel={open > 0 && <UserPanel key={open} id={open} onClose={() => set("user", "")} />}>
      <div className={styles.filters}>
        <Input.Search value={text} allowClear placeholder={t("people.search")} aria-label={t("people.search")} onChange={(event) => { setText(event.target.value); set("q", event.target.value.trim()); }} className={styles.search} />
        <Select value={asked.role} aria-label={t("people.role")} onChange={(value) => set("role", value)} className={styles.select}
          options={[{ value: "", label: t("people.any_role") }, ...(roles.data ?? []).map((role) => ({ value: role.name, label: labelText(role.label) }))]} />
        <Select value={asked.active} aria-label={t("people.state")} onChange={(value) => set("active", value)} className={styles.select}
          options={[{ value: "", label: t("people.any_state") }, { value: "true", label: t("people.active") }, { value: "false", label: t("people.inactive") }]} />
      </div>
      {list.isPending && <SkeletonRows />}
      {list.isError && <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <EmptyState title={t("people.none")} actions={add}>{t("people.none_text")}</EmptyState>}
      {rows.length > 0 && (
        <PlainTable label={t("admin.people")} rows={rows} keyOf={(row) => row.id} current={open} onOpen={(row) => set("user", String(row.id))} columns={[
          { key: "name", label: t("people.person"), cell: (row) => <span className={styles.person}><AvatarTile name={row.display_name || row.name} identity={row.id} size={20} />{row.display_name || row.name}</span> },
          { key: "login", label: t("people.sign_in_name"), cell: (row) => row.name, isExtra: true },
          { key: "roles", label: t("people.roles"), cell: (row) => <span className={styles.tags}>{row.is_admin && <Tag tone="pri">{t("shell.administrator")}</Tag>}{row.roles.map((name) => <Tag key={name}>{titleOfRole(name)}</Tag>)}</span> },
          { key: "state", label: t("people.state"), cell: (row) => <Tag tone={row.is_active ? "ok" : "neu"} dot>{row.is_active ? t("people.active") : t("people.inactive")}</Tag> },
          { key: "last", label: t("people.last"), cell: (row) => (row.signed_in_at ? formatInstant(row.signed_in_at, { brief: true }) : t("people.never")), isNumber: true, isExtra: true },
        ]} />
      )}
      {list.hasNextPage && <div><Button kind="text" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("people.more")}</Button></div>}
      {isNew && <NewUserDialog onClose={() => setNew(false)} onOpen={(id) => set("user", String(id))} />}
    </AdminPage>
  );
}
