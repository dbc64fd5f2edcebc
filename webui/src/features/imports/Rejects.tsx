import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import type { AppEntity } from "@/lib/wire";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Panel } from "@/ui/Panel";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import { figuresOf, importKeys, imports, type Job } from "./importApi";
import styles from "./Imports.module.css";
import { RowsTable } from "./RowsTable";

/** Columns that a file of rejected rows begins with: number, code, column, message. */
const OWN = 4;

/** The rows that were rejected, each with the reason. */
export function Rejects({ entity, job }: { entity: AppEntity; job: Job }) {
  const { t } = useTranslation();
  const query = useQuery({ queryKey: importKeys.rejects(job.id), queryFn: ({ signal }) => imports.rejects(job.id, signal) });
  const rows = query.data?.data ?? [];
  const { rejected } = figuresOf(job);
  const headings = query.data?.headings ?? [];
  return (
    <Panel
      title={t("imports.rejected_rows")}
      extra={rejected > rows.length && rows.length > 0 && <span className={styles.fact}>{t("imports.first_of", { shown: formatNumber(rows.length), all: formatNumber(rejected) })}</span>}
      flush
      className={styles.rejects}
    >
      {query.isError ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : query.isPending ? (
        <SkeletonRows rows={3} rowHeight={36} />
      ) : (
        <RowsTable
          label={t("imports.rejected_rows")}
          headings={headings}
          entity={entity}
          skip={job.corrects === null ? 0 : OWN}
          rows={rows.map((row) => ({
            number: row.row ?? null,
            cells: row.cells ?? [row.text ?? ""],
            state: <Tag tone="err">{t("imports.is_rejected")}</Tag>,
            problem: { code: row.code, message: row.message, column: row.column },
          }))}
        />
      )}
    </Panel>
  );
}
