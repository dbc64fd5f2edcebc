import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { PlainTable } from "@/ui/PlainTable";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import { jobKeys, jobsApi } from "./jobsApi";

const ASK_EVERY_MS = 3_000;

/** What releases left to be done in the background, and what stands in its way. */
export function BuildsPart() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery({ queryKey: jobKeys.builds, queryFn: ({ signal }) => jobsApi.builds(signal), refetchInterval: ASK_EVERY_MS });
  if (isPending) return <SkeletonRows rows={3} />;
  if (error && !data) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  if (data.builds.length === 0 && data.holders === 0) return <EmptyState isDone title={t("jobs.builds_none")}>{t("jobs.builds_none_text")}</EmptyState>;
  return (
    <>
      {data.holders > 0 && <Note tone="pri">{t("jobs.holders", { count: data.holders })}</Note>}
      {data.builds.length > 0 && (
        <PlainTable label={t("jobs.builds")} rows={data.builds} keyOf={(row) => row.id} columns={[
          { key: "kind", label: t("jobs.build"), cell: (row) => row.kind },
          { key: "target", label: t("jobs.target"), cell: (row) => <span className="mono">{row.target}</span> },
          { key: "state", label: t("jobs.state"), cell: (row) => <Tag tone={row.problems.length ? "err" : "pri"} dot>{t(row.problems.length ? "jobs.build_blocked" : "jobs.build_waiting")}</Tag> },
          { key: "place", label: t("jobs.place"), cell: (row) => row.place, isNumber: true, isExtra: true },
          { key: "problems", label: t("jobs.blocked"), cell: (row) => row.problems.slice(0, 10).join(", ") || "–" },
          { key: "release", label: t("jobs.release"), cell: (row) => `#${row.release}`, isNumber: true, isExtra: true },
        ]} />
      )}
    </>
  );
}
