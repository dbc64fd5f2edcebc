import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, Undo2, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { formatNumber } from "@/lib/formats";
import { inText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { errorText, problemText } from "@/lib/problems";
import type { AppEntity } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { Progress } from "@/ui/Progress";
import { SkeletonRows } from "@/ui/Skeleton";
import { figuresOf, importKeys, imports, isOpen, type Job } from "./importApi";
import styles from "./Imports.module.css";
import { Rejects } from "./Rejects";
import { UndoDialog } from "./UndoDialog";
import { useFiguresText } from "./useFiguresText";

const ASK_EVERY_MS = 600;

/** How far an import is, what became of it, what was rejected, and the way back. */
export function ResultStep({ entity, batch, list, onBatch, onAgain }: {
  entity: AppEntity;
  batch: number;
  /** Where the records are. */
  list: string;
  onBatch: (batch: number) => void;
  onAgain: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const query = useQuery({
    queryKey: importKeys.job(batch),
    queryFn: ({ signal }) => imports.job(batch, signal),
    refetchInterval: ({ state }) => (state.data && isOpen(state.data) ? ASK_EVERY_MS : false),
  });
  const job = query.data;
  const isDone = job !== undefined && !isOpen(job);
  useEffect(() => {
    if (isDone) void client.invalidateQueries({ queryKey: keys.entity(entity.name) });
  }, [isDone, client, entity.name]);
  const correct = useMutation({ mutationFn: (file: File) => imports.correct(batch, file), onSuccess: (next) => onBatch(next.id) });
  const undo = useMutation({
    mutationFn: () => imports.undo(batch),
    onSuccess: (next) => {
      setAsking(false);
      client.setQueryData(importKeys.job(batch), next);
    },
  });
  if (query.isError) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  if (!job) return <SkeletonRows rows={4} rowHeight={44} />;
  if (job.is_running) return <Running job={job} />;
  const { rejected } = figuresOf(job);
  const canUndo = job.status === "complete" && !job.undo;
  return (
    <>
      {job.corrects !== null && <div className={styles.notes}><Note tone="neu" link={<Button kind="link" small onClick={() => onBatch(job.corrects!)}>{t("imports.to_first")}</Button>}>{t("imports.corrects")}</Note></div>}
      <Told job={job} entity={entity} />
      <div className={styles.actions}>
        <Button kind="primary" onClick={() => void navigate(list)}>{t("imports.see", { what: inText(entity.label) })}</Button>
        {rejected > 0 && job.status === "complete" && (
          <>
            <Button icon={<Download />} href={`/api/v1/imports/${batch}/rejects.csv`}>{t("imports.download_rejects")}</Button>
            <Button icon={<Upload />} busy={correct.isPending} onClick={() => input.current?.click()}>{t("imports.bring_back")}</Button>
            <input
              ref={input}
              type="file"
              className="visually-hidden"
              tabIndex={-1}
              aria-hidden
              accept=".csv,.txt"
              onChange={(event) => {
                const file = event.target.files?.[0];
                if (file) correct.mutate(file);
                event.target.value = "";
              }}
            />
          </>
        )}
        {canUndo && <Button kind="text" icon={<Undo2 />} onClick={() => setAsking(true)}>{t("imports.undo")}</Button>}
        <Button kind="text" onClick={onAgain}>{t("imports.another")}</Button>
      </div>
      {correct.isError && <div className={styles.notes}><Note tone="err" live="assertive" lead={t("imports.not_read")}>{errorText(correct.error)}</Note></div>}
      {rejected > 0 && <Rejects entity={entity} job={job} />}
      <UndoDialog isOpen={isAsking} job={job} isBusy={undo.isPending} error={undo.error} onClose={() => setAsking(false)} onUndo={() => undo.mutate()} />
    </>
  );
}

function Running({ job }: { job: Job }) {
  const { t } = useTranslation();
  const progress = job.progress;
  const share = progress && progress.total > 0 ? progress.done / progress.total : 0;
  const phase = progress?.phase === "writing" || progress?.phase === "settling" ? progress.phase : "reading";
  return (
    <div className={styles.running} aria-live="polite">
      <h2 className={styles.dropTitle}>{t("imports.running", { file: job.files[0]?.name ?? "" })}</h2>
      <Progress value={share} label={t("imports.progress")} />
      <p className={`${styles.dropText} num`}>
        {t(`imports.phase_${phase}`)}
        {progress && progress.total > 0 && ` ${formatNumber(progress.done)} / ${formatNumber(progress.total)}`}
      </p>
      <p className={styles.dropText}>{t("imports.may_leave")}</p>
    </div>
  );
}

/** The result in one sentence. */
function Told({ job, entity }: { job: Job; entity: AppEntity }) {
  const { t } = useTranslation();
  const figuresText = useFiguresText();
  const figures = figuresOf(job);
  const { undo } = job;
  if (undo?.status === "running") return <div className={styles.notes}><Note tone="pri" live="polite">{t("imports.undoing")}</Note></div>;
  if (undo) {
    const text = t("imports.undone_text", { deleted: formatNumber(undo.deleted), reverted: formatNumber(undo.reverted) });
    return (
      <div className={styles.notes}>
        <Note tone="ok" live="polite" lead={t("imports.undone")}>{text}</Note>
        {undo.kept > 0 && <Note tone="warn">{t("imports.kept", { count: undo.kept })}</Note>}
      </div>
    );
  }
  if (job.problem) return <div className={styles.notes}><Note tone="err" live="assertive" lead={t("imports.stopped")}>{problemText(job.problem)}</Note></div>;
  if (job.status === "cancelled") return <EmptyState picture={null} title={t("imports.cancelled")} />;
  const isClean = figures.rejected === 0;
  return (
    <div className={styles.notes}>
      <Note tone={isClean ? "ok" : "warn"} live="polite" lead={t(isClean ? "imports.done" : "imports.done_but", { what: inText(entity.label) })}>
        {figuresText(figures)}
      </Note>
    </div>
  );
}
