import { useQuery } from "@tanstack/react-query";
import { BookOpen, Braces, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/lib/api";
import { formatInstant } from "@/lib/formats";
import { AdminPage } from "@/render/admin/AdminPage";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { PlainTable } from "@/ui/PlainTable";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import styles from "./ApiPage.module.css";
import { apiKeysKey } from "./apiKeysKey";
import { Examples } from "./Examples";
import { NewKeyDialog } from "./NewKeyDialog";
import { RevokeButton } from "./RevokeButton";

/** Keys of one's own, the interactive documentation, and examples that run on one's own data. */
export function ApiPage() {
  const { t } = useTranslation();
  const [isNew, setNew] = useState(false);
  const own = useQuery({ queryKey: apiKeysKey, queryFn: async ({ signal }) => (await api.get("/api/v1/auth/keys", { signal })).data.data });
  const add = <Button kind="primary" icon={<Plus />} onClick={() => setNew(true)}>{t("api_page.new_key")}</Button>;
  return (
    <AdminPage at="api" actions={add}>
      <div className={styles.lead}>
        <p>{t("api_page.text")}</p>
        <div className={styles.ways}>
          <Button icon={<BookOpen />} href="/api/docs">{t("api_page.docs")}</Button>
          <Button kind="text" icon={<Braces />} href="/api/v1/openapi.json">{t("api_page.document")}</Button>
        </div>
      </div>
      <h2 className={styles.title}>{t("api_page.keys")}</h2>
      {own.isPending && <SkeletonRows rows={2} />}
      {own.isError && <ErrorBlock error={own.error} onRetry={() => void own.refetch()} />}
      {own.data?.length === 0 && <EmptyState title={t("api_page.no_keys")} actions={<Button icon={<Plus />} onClick={() => setNew(true)}>{t("api_page.new_key")}</Button>}>{t("api_page.no_keys_text")}</EmptyState>}
      {own.data && own.data.length > 0 && (
        <PlainTable label={t("api_page.keys")} rows={own.data} keyOf={(row) => row.id} columns={[
          { key: "label", label: t("api_page.label"), cell: (row) => row.label },
          { key: "id", label: "id", cell: (row) => <span className="mono">{`tsk_${row.id}_…`}</span>, isExtra: true },
          { key: "scopes", label: t("api_page.scopes"), cell: (row) => <span className={styles.tags}>{row.scopes.map((scope) => <Tag key={scope}>{t(`api_page.scope_${scope}`)}</Tag>)}</span> },
          { key: "used", label: t("api_page.used"), cell: (row) => (row.used_at ? formatInstant(row.used_at, { brief: true }) : t("api_page.unused")), isNumber: true, isExtra: true },
          { key: "expires", label: t("api_page.expires"), cell: (row) => (row.expires_at ? formatInstant(row.expires_at, { brief: true }) : t("api_page.never")), isNumber: true, isExtra: true },
          { key: "revoke", label: t("api_page.revoke"), isQuiet: true, isNumber: true, cell: (row) => <RevokeButton id={row.id} name={row.label} /> },
        ]} />
      )}
      <Examples />
      {isNew && <NewKeyDialog onClose={() => setNew(false)} />}
    </AdminPage>
  );
}
