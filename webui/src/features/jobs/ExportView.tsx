import { Download, Square, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatInstant } from "@/lib/formats";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { JobProgress } from "./JobProgress";
import type { ExportJob } from "./jobsApi";
import styles from "./JobsPage.module.css";
import { StatusTag } from "./StatusTag";
import { useJobAct } from "./useJobAct";

/** One export: how far, its file while it is kept, and the way to end or forget it. */
export function ExportView({ job, onClose }: { job: ExportJob; onClose: () => void }) {
  const { t } = useTranslation();
  const act = useJobAct("exports", job.id, (verb) => verb === "delete" && onClose());
  const isOpen = job.status === "waiting" || job.status === "running";
  return (
    <div className={styles.view}>
      <h2 className={styles.part}>{job.label}</h2>
      <p className={styles.facts}><StatusTag status={job.status} /><span>{job.owner}</span><span className="num">{formatInstant(job.created_at, { brief: true })}</span></p>
      <JobProgress job={{ is_running: isOpen, done: job.rows, total: job.total }} />
      {job.problem && <Note tone="err" lead={t("jobs.failed")}>{" "}{job.problem.message ?? job.problem.detail ?? job.problem.code}</Note>}
      {act.error != null && <Note tone="err" live="assertive">{errorText(act.error)}</Note>}
      {job.size_bytes !== null && <p className={styles.quiet}>{t("jobs.size")} <span className="num">{formatBytes(job.size_bytes)}</span>{job.expires_at && <> · {t("jobs.expires")} <span className="num">{formatInstant(job.expires_at, { brief: true })}</span></>}</p>}
      <div className={styles.acts}>
        {job.file && <Button kind="primary" icon={<Download />} href={job.file}>{t("jobs.download")}</Button>}
        {isOpen && <Button kind="danger" icon={<Square />} busy={act.isPending} onClick={() => act.mutate("cancel")}>{t("jobs.cancel")}</Button>}
        {!isOpen && <Button kind="text" icon={<Trash2 />} busy={act.isPending} onClick={() => act.mutate("delete")}>{t("jobs.delete")}</Button>}
      </div>
    </div>
  );
}
