import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearchParams } from "react-router";
import { baseOf } from "@/lib/addresses";
import { labelText } from "@/lib/i18n";
import { listText } from "@/lib/problems";
import { withValue } from "@/lib/url";
import { AdminPage } from "@/render/admin/AdminPage";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Panel } from "@/ui/Panel";
import { PlainTable } from "@/ui/PlainTable";
import { SkeletonRows } from "@/ui/Skeleton";
import { Permissions } from "./Permissions";
import styles from "./People.module.css";
import type { Role } from "./peopleApi";
import { RightsMatrix } from "./RightsMatrix";
import { useRoles } from "./useRoles";

/** Every role of the packages, and what it allows as a matrix. */
export function RolesPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const roles = useRoles();
  const chosen = roles.data?.find((role) => role.name === params.get("role")) ?? roles.data?.[0];
  const show = (name: string) => setParams((before) => withValue(before, "role", [name]), { replace: true });
  return (
    <AdminPage at="roles">
      {roles.isPending && <SkeletonRows />}
      {roles.isError && <ErrorBlock error={roles.error} onRetry={() => void roles.refetch()} />}
      {roles.data?.length === 0 && <EmptyState title={t("people.roles_none")}>{t("people.roles_none_text")}</EmptyState>}
      {roles.data && roles.data.length > 0 && (
        <PlainTable label={t("admin.roles")} rows={roles.data} keyOf={(row) => row.name} current={chosen?.name} onOpen={(row) => show(row.name)} columns={[
          { key: "name", label: t("people.role"), cell: (row) => labelText(row.label) },
          { key: "code", label: t("people.code"), cell: (row) => <span className="mono">{row.name}</span>, isExtra: true },
          { key: "package", label: t("people.package"), cell: (row) => row.package, isExtra: true },
          { key: "asks", label: t("people.asks"), cell: (row) => row.asks.join(", ") || "–", isExtra: true },
          { key: "users", label: t("people.users"), cell: (row) => row.users, isNumber: true },
        ]} />
      )}
      {chosen && <Chosen role={chosen} />}
    </AdminPage>
  );
}

function Chosen({ role }: { role: Role }) {
  const { t } = useTranslation();
  const base = baseOf(useLocation().pathname);
  const name = labelText(role.label);
  return (
    <Panel title={t("people.may_of", { name })} extra={<Link to={`${base}/admin/people?role=${role.name}`}>{t("people.who_has", { count: role.users })}</Link>}>
      <div className={styles.role}>
        {role.includes.length > 0 && <p>{t("people.includes", { names: listText(role.includes) })}</p>}
        {role.asks.length > 0 && <p>{t("people.asks_text", { names: listText(role.asks) })}</p>}
        {role.grants.length === 0 ? <p className={styles.small}>{t("people.no_rights")}</p> : <RightsMatrix rights={role.grants} label={t("people.may_of", { name })} />}
        <Permissions names={role.permissions} />
      </div>
    </Panel>
  );
}
