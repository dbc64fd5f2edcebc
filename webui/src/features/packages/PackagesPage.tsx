import { useQuery } from "@tanstack/react-query";
import { Download, PackagePlus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { useOffer } from "@/lib/offer";
import { withValue } from "@/lib/url";
import { AdminPage } from "@/render/admin/AdminPage";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { PlainTable } from "@/ui/PlainTable";
import { SkeletonRows } from "@/ui/Skeleton";
import { type PackageRow, packageKeys, packagesApi } from "./packagesApi";
import styles from "./PackagesPage.module.css";
import { titleOf } from "./planModel";
import { ReleaseList } from "./ReleaseList";
import { ReleasePanel } from "./ReleasePanel";

/** What is applied, every release as a point to go back to, and the way in for a package. */
export function PackagesPage() {
  const { t } = useTranslation();
  const { user } = useOffer();
  const { app = "" } = useParams();
  const [params, setParams] = useSearchParams();
  const open = Number(params.get("release") ?? 0);
  const show = (number: number) => setParams((before) => withValue(before, "release", number ? [String(number)] : []));
  const list = useQuery({ queryKey: packageKeys.list, queryFn: ({ signal }) => packagesApi.list(signal) });
  const left = useQuery({ queryKey: packageKeys.outstanding, queryFn: ({ signal }) => packagesApi.outstanding(signal) });
  const importing = `/b/${app}/packages/import`;
  const way = user.is_admin && <Button kind="primary" icon={<PackagePlus />} href={importing}>{t("packages.import")}</Button>;
  const waiting = (left.data?.builds.length ?? 0) + (left.data?.holders ?? 0);
  return (
    <AdminPage at="packages" actions={way} info={list.data && t("packages.in_force", { number: list.data.release })}
      panel={open > 0 && <ReleasePanel number={open} onClose={() => show(0)} />}>
      {waiting > 0 && <Note tone="warn" lead={t("packages.building", { count: left.data!.builds.length + (left.data!.holders > 0 ? 1 : 0) })}>{" "}{t("packages.building_text")}</Note>}
      <h2 className={styles.title}>{t("packages.installed")}</h2>
      {list.isPending && <SkeletonRows rows={3} />}
      {list.isError && <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.data.length === 0 && <EmptyState title={t("packages.none")} actions={way}>{t("packages.none_text")}</EmptyState>}
      {list.data && list.data.data.length > 0 && <Installed rows={list.data.data} canExport={user.is_admin} />}
      <h2 className={styles.title}>{t("packages.releases")}</h2>
      <ReleaseList open={open} onOpen={show} app={app} />
    </AdminPage>
  );
}

function Installed({ rows, canExport }: { rows: readonly PackageRow[]; canExport: boolean }) {
  const { t } = useTranslation();
  return (
    <PlainTable label={t("packages.installed")} rows={rows} keyOf={(row) => row.name} columns={[
      { key: "name", label: t("packages.name"), cell: (row) => <>{titleOf(row.label, row.name)} <span className={`mono ${styles.code}`}>{row.name}</span></> },
      { key: "version", label: t("packages.version"), cell: (row) => <span className="num">{row.version}</span> },
      { key: "documents", label: t("packages.documents"), cell: (row) => row.documents, isNumber: true, isExtra: true },
      { key: "requires", label: t("packages.requires"), cell: (row) => row.requires.map((need) => `${need.package} ${need.version}`.trim()).join(", ") || "–", isExtra: true },
      {
        key: "export", label: t("packages.export"), isQuiet: true, isNumber: true,
        cell: (row) => canExport && <Button small kind="text" icon={<Download />} href={`/api/v1/packages/${row.name}/export`} label={t("packages.export_name", { name: row.name })}>{t("packages.export")}</Button>,
      },
    ]} />
  );
}
