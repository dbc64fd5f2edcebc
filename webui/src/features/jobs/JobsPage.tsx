import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { Download, Upload } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { formatInstant } from "@/lib/formats";
import { useOffer } from "@/lib/offer";
import { withValue } from "@/lib/url";
import { AdminPage } from "@/render/admin/AdminPage";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { PlainTable } from "@/ui/PlainTable";
import { SkeletonRows } from "@/ui/Skeleton";
import { BuildsPart } from "./BuildsPart";
import { FlowsPart } from "./FlowsPart";
import { JobPanel } from "./JobPanel";
import { JobProgress } from "./JobProgress";
import { type Job, jobKeys, jobsApi } from "./jobsApi";
import styles from "./JobsPage.module.css";
import { ofExport, ofImport } from "./rows";
import { StatusTag } from "./StatusTag";

const PARTS = ["all", "imports", "exports", "builds", "flows"] as const;
type Part = (typeof PARTS)[number];
const SOON_MS = 2_000;
const LATER_MS = 15_000;

/** Imports, exports, builds and queues; one job beside the list. It renews itself while something runs. */
export function JobsPage() {
  const { t } = useTranslation();
  const { user, may } = useOffer();
  const [params, setParams] = useSearchParams();
  const part = PARTS.find((each) => each === params.get("part")) ?? "all";
  const [, kind = "", number = ""] = /^(import|export)-(\d+)$/.exec(params.get("job") ?? "") ?? [];
  const show = (job: string) => setParams((before) => withValue(before, "job", job ? [job] : []), { replace: true });
  const choose = (next: Part) => setParams((before) => withValue(withValue(before, "job", []), "part", next === "all" ? [] : [next]));
  const can: Record<Part, boolean> = {
    all: true, imports: true, exports: true, builds: user.is_admin || may.includes("design"),
    flows: user.is_admin || may.includes("flows") || may.includes("runs"),
  };
  const current = kind && `${kind}-${number}`;
  return (
    <AdminPage at="jobs" panel={kind && <JobPanel key={current} kind={kind as Job["kind"]} id={Number(number)} onClose={() => show("")} onOpen={show} />}>
      <div className={styles.parts}>
        <Segmented value={part} onChange={choose} aria-label={t("jobs.parts")} options={PARTS.filter((each) => can[each]).map((each) => ({ value: each, label: t(`jobs.${each}`) }))} />
      </div>
      {part === "all" && <Latest current={current} onOpen={show} />}
      {(part === "imports" || part === "exports") && <History key={part} part={part} current={current} onOpen={show} />}
      {part === "builds" && <BuildsPart />}
      {part === "flows" && <FlowsPart />}
    </AdminPage>
  );
}

function Latest({ current, onOpen }: { current: string; onOpen: (job: string) => void }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: jobKeys.latest,
    queryFn: ({ signal }) => jobsApi.latest(signal),
    refetchInterval: (query) => (query.state.data?.some((job) => job.is_running) ? SOON_MS : LATER_MS),
  });
  if (isPending) return <SkeletonRows />;
  if (error && !data) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  return <JobTable jobs={data} current={current} onOpen={onOpen} />;
}

/** All imports, or all exports, page by page. */
function History({ part, current, onOpen }: { part: "imports" | "exports"; current: string; onOpen: (job: string) => void }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: jobKeys[part],
    queryFn: async ({ pageParam, signal }) => {
      if (part === "imports") {
        const page = await jobsApi.imports(pageParam, signal);
        return { rows: page.data.map(ofImport), next: page.next };
      }
      const page = await jobsApi.exports(pageParam, signal);
      return { rows: page.data.map(ofExport), next: page.next };
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    refetchInterval: LATER_MS,
  });
  if (list.isPending) return <SkeletonRows />;
  if (list.isError) return <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      <JobTable jobs={list.data.pages.flatMap((page) => page.rows)} current={current} onOpen={onOpen} />
      {list.hasNextPage && <div><Button kind="text" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("admin.more")}</Button></div>}
    </>
  );
}

function JobTable({ jobs, current, onOpen }: { jobs: readonly Job[]; current: string; onOpen: (job: string) => void }) {
  const { t } = useTranslation();
  if (jobs.length === 0) return <EmptyState title={t("jobs.none")}>{t("jobs.none_text")}</EmptyState>;
  const keyOf = (job: Job) => `${job.kind}-${job.id}`;
  return (
    <PlainTable label={t("admin.jobs")} rows={jobs} keyOf={keyOf} current={current} onOpen={(job) => onOpen(keyOf(job))} columns={[
      {
        key: "name", label: t("jobs.name"), cell: (job) => {
          const Icon = job.kind === "import" ? Upload : Download;
          return <span className={styles.name}><Icon size={14} strokeWidth={1.75} aria-hidden /><span className="visually-hidden">{t(`jobs.${job.kind}`)}</span>{job.label || `#${job.id}`}</span>;
        },
      },
      { key: "state", label: t("jobs.state"), cell: (job) => <StatusTag status={job.status} /> },
      { key: "progress", label: t("jobs.progress"), cell: (job) => <JobProgress job={job} />, isNumber: true },
      { key: "by", label: t("jobs.by"), cell: (job) => job.started_by, isExtra: true },
      { key: "at", label: t("jobs.at"), cell: (job) => <time dateTime={job.started_at}>{formatInstant(job.started_at, { brief: true })}</time>, isNumber: true, isExtra: true },
    ]} />
  );
}
