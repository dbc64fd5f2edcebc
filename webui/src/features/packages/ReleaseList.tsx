import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { PlainTable } from "@/ui/PlainTable";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import { packageKeys, packagesApi } from "./packagesApi";
import { useMayPublish } from "./useMayPublish";

const AT_ONCE = 20;

/** Every release, the latest first; each but the one in force can be gone back to. */
export function ReleaseList({ app, open, onOpen }: { app: string; open: number; onOpen: (number: number) => void }) {
  const { t } = useTranslation();
  const mayPublish = useMayPublish();
  const [most, setMost] = useState(AT_ONCE);
  const { data, error, isPending, refetch } = useQuery({ queryKey: packageKeys.releases, queryFn: ({ signal }) => packagesApi.releases(signal) });
  if (isPending) return <SkeletonRows rows={4} />;
  if (error && !data) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <PlainTable label={t("packages.releases")} rows={data.data.slice(0, most)} keyOf={(row) => row.number} current={open} onOpen={(row) => onOpen(row.number)} columns={[
        { key: "number", label: t("packages.release"), cell: (row) => <span className="num">#{row.number}</span> },
        {
          key: "state", label: t("packages.state"), cell: (row) => (
            <>
              {row.number === data.head && <Tag tone="ok" dot>{t("packages.now")}</Tag>}{" "}
              {row.rolled_back_to !== null && <Tag tone="vio">{t("packages.went_back", { number: row.rolled_back_to })}</Tag>}
            </>
          ),
        },
        { key: "reason", label: t("packages.reason_short"), cell: (row) => row.reason || "–" },
        { key: "by", label: t("packages.by"), cell: (row) => row.created_by, isExtra: true },
        { key: "at", label: t("packages.at"), cell: (row) => <time dateTime={row.created_at}>{formatInstant(row.created_at, { brief: true })}</time>, isNumber: true, isExtra: true },
        {
          key: "back", label: t("packages.go_back"), isQuiet: true, isNumber: true,
          cell: (row) => mayPublish && row.number !== data.head && (
            <Button small kind="text" href={`/b/${app}/packages/back/${row.number}`}>{t("packages.went_back", { number: row.number })}</Button>
          ),
        },
      ]} />
      {data.data.length > most && <div><Button kind="text" onClick={() => setMost(most + AT_ONCE)}>{t("admin.more")}</Button></div>}
    </>
  );
}
