import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Modal } from "antd";
import { Download, RotateCcw, Square, Undo2, Upload } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant, formatNumber } from "@/lib/formats";
import { errorText, problemText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { PlainTable } from "@/ui/PlainTable";
import { toasts } from "@/ui/toasts";
import { JobProgress } from "./JobProgress";
import { type ImportJob, jobKeys, jobsApi } from "./jobsApi";
import styles from "./JobsPage.module.css";
import { StatusTag } from "./StatusTag";
import { type Act, useJobAct } from "./useJobAct";

/** One import: how far, what became of its rows, those that were rejected, and what can be done about it. */
export function ImportView({ job, onOpen }: { job: ImportJob; onOpen: (job: string) => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<"" | "cancel" | "undo">("");
  const act = useJobAct("imports", job.id, () => setAsking(""));
  const isOpen = job.finished_at === null;
  const rejected = Object.entries(job.totals).some(([name, count]) => name.startsWith("reject") && count > 0);
  const ask = (verb: Act) => act.mutate(verb);
  return (
    <div className={styles.view}>
      <p className={styles.facts}><StatusTag status={job.status} /><span>{job.started_by}</span><span className="num">{formatInstant(job.started_at, { brief: true })}</span>{job.corrects !== null && <Button kind="link" small onClick={() => onOpen(`import-${job.corrects}`)}>{t("jobs.corrects", { id: job.corrects })}</Button>}</p>
      {isOpen && <JobProgress job={{ is_running: true, done: job.progress?.done ?? job.rows, total: job.progress?.total ?? null }} />}
      {job.problem && <Note tone="err" lead={t("jobs.failed")}>{" "}{job.problem.message ?? job.problem.detail ?? job.problem.code}</Note>}
      {act.error != null && <Note tone="err" live="assertive">{errorText(act.error)}</Note>}
      <div className={styles.acts}>
        {isOpen && !job.is_running && <Button icon={<RotateCcw />} busy={act.isPending} onClick={() => ask("resume")}>{t("jobs.resume")}</Button>}
        {job.status === "reading" && <Button kind="danger" icon={<Square />} onClick={() => setAsking("cancel")}>{t("jobs.cancel")}</Button>}
        {job.status === "complete" && <Button icon={<Undo2 />} onClick={() => setAsking("undo")}>{t("jobs.undo")}</Button>}
      </div>
      <h2 className={styles.part}>{t("jobs.counts")}</h2>
      <dl className={styles.counts}>
        {Object.entries(job.totals).map(([name, count]) => <div key={name}><dt>{t(`jobs.class_${name as "rows"}`, { defaultValue: name })}</dt><dd className="num">{formatNumber(count)}</dd></div>)}
      </dl>
      <h2 className={styles.part}>{t("jobs.files")}</h2>
      <ul>{job.files.map((file) => <li key={file.name}>{file.name}</li>)}</ul>
      <h2 className={styles.part}>{t("jobs.rejects")}</h2>
      {rejected ? <Rejects job={job} onOpen={onOpen} /> : <p className={styles.quiet}>{t("jobs.no_rejects")}</p>}
      <Modal open={asking !== ""} width={480} title={t(asking === "undo" ? "jobs.undo_question" : "jobs.cancel_question")} onCancel={() => setAsking("")}
        footer={<><Button onClick={() => setAsking("")}>{t(asking === "undo" ? "jobs.undo_keep" : "jobs.keep")}</Button><Button kind="danger-solid" busy={act.isPending} onClick={() => asking && ask(asking)}>{t(asking === "undo" ? "jobs.undo" : "jobs.cancel")}</Button></>}>
        {t(asking === "undo" ? "jobs.undo_text" : "jobs.cancel_text")}
      </Modal>
    </div>
  );
}

function Rejects({ job, onOpen }: { job: ImportJob; onOpen: (job: string) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const file = useRef<HTMLInputElement>(null);
  const list = useInfiniteQuery({
    queryKey: jobKeys.rejects(job.id),
    queryFn: ({ pageParam, signal }) => jobsApi.rejects(job.id, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const correct = useMutation({
    mutationFn: (chosen: File) => jobsApi.correct(job.id, chosen),
    onSuccess: async (made) => {
      toasts.show(t("jobs.did_correct"));
      await client.invalidateQueries({ queryKey: jobKeys.all });
      onOpen(`import-${made.id}`);
    },
  });
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <>
      <p className={styles.quiet}>{t("jobs.correct_text")}</p>
      <div className={styles.acts}>
        <Button icon={<Download />} href={`/api/v1/imports/${job.id}/rejects.csv`}>{t("jobs.download_rejects")}</Button>
        <Button icon={<Upload />} busy={correct.isPending} onClick={() => file.current?.click()}>{t("jobs.correct")}</Button>
        <input ref={file} type="file" accept=".csv,text/csv" hidden aria-label={t("jobs.correct")} onChange={(event) => { const chosen = event.target.files?.[0]; if (chosen) correct.mutate(chosen); }} />
      </div>
      {correct.error != null && <Note tone="err" live="assertive">{errorText(correct.error)}</Note>}
      {list.isError && <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />}
      {rows.length > 0 && (
        <PlainTable label={t("jobs.rejects")} rows={rows} keyOf={(row) => row.id} columns={[
          { key: "row", label: t("jobs.row"), cell: (row) => <span className="num">{row.row}</span> },
          { key: "column", label: t("jobs.column"), cell: (row) => row.column ?? "–" },
          { key: "problem", label: t("jobs.problem"), cell: (row) => problemText(row) },
        ]} />
      )}
      {list.hasNextPage && <div><Button kind="text" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("people.more")}</Button></div>}
    </>
  );
}
