import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import { Progress } from "@/ui/Progress";
import type { Job } from "./jobsApi";
import styles from "./JobsPage.module.css";

/** How far a job is: a bar while it runs and its end is known, else a count. */
export function JobProgress({ job }: { job: Pick<Job, "done" | "total" | "is_running"> }) {
  const { t } = useTranslation();
  const text = job.total
    ? t("jobs.rows", { done: formatNumber(job.done), total: formatNumber(job.total) })
    : t("jobs.rows_done", { count: job.done, n: formatNumber(job.done) });
  return (
    <span className={styles.progress}>
      <span className="num">{text}</span>
      {job.is_running && job.total !== null && job.total > 0 && <Progress value={job.done / job.total} label={text} />}
    </span>
  );
}
