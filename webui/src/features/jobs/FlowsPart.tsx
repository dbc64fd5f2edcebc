import { useQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { baseOf } from "@/lib/addresses";
import { formatNumber } from "@/lib/formats";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { KeyFigures } from "@/ui/KeyFigures";
import { SkeletonRows } from "@/ui/Skeleton";
import { jobKeys, jobsApi } from "./jobsApi";
import styles from "./JobsPage.module.css";

const ASK_EVERY_MS = 3_000;

/** What waits in the queues of flows, for how long, and what failed. */
export function FlowsPart() {
  const { t } = useTranslation();
  const base = baseOf(useLocation().pathname);
  const { data, error, isPending, refetch } = useQuery({ queryKey: jobKeys.flows, queryFn: ({ signal }) => jobsApi.flows(signal), refetchInterval: ASK_EVERY_MS });
  if (isPending) return <SkeletonRows rows={2} />;
  if (error && !data) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  const lag = (seconds: number) => (seconds > 0 ? t("jobs.lag", { n: Math.round(seconds) }) : undefined);
  return (
    <>
      <KeyFigures figures={[
        { id: "events", label: t("jobs.events"), value: formatNumber(data.events_waiting), detail: lag(data.event_lag_s) },
        { id: "ready", label: t("jobs.ready"), value: formatNumber((data.runs.ready ?? 0) + (data.runs.queued ?? 0)), detail: lag(data.ready_lag_s) },
        { id: "running", label: t("jobs.running"), value: formatNumber(data.runs.running ?? 0) },
        { id: "waiting", label: t("jobs.waiting"), value: formatNumber(data.runs.waiting ?? 0) },
        { id: "dead", label: t("jobs.dead"), value: formatNumber(data.dead) },
      ]} />
      <div className={styles.acts}>
        <Button icon={<Workflow />} href={`${base}/runs`}>{t("jobs.to_runs")}</Button>
        {data.dead > 0 && <Button kind="soft" href={`${base}/runs?dead=1`}>{t("jobs.to_dead")}</Button>}
      </div>
    </>
  );
}
