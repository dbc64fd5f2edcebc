import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import { errorText } from "@/lib/problems";
import type { AppEntity } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import type { Tone } from "@/ui/tone";
import { importKeys, imports, type Plan, type Written } from "./importApi";
import styles from "./Imports.module.css";
import { RowsTable } from "./RowsTable";

const OUTCOMES = ["created", "revised", "unchanged", "ignored", "rejected"] as const;
type Outcome = (typeof OUTCOMES)[number];
const TONES: Record<Outcome, Tone> = { created: "ok", revised: "pri", unchanged: "neu", ignored: "neu", rejected: "err" };
const isOutcome = (text: string): text is Outcome => (OUTCOMES as readonly string[]).includes(text);

/** What would become of the first rows, tried by the server and taken back; then the import itself. */
export function PreviewStep({ entity, file, written, plan, onBack, onRun, isBusy, error }: {
  entity: AppEntity;
  file: number;
  written: Written;
  plan: Plan;
  onBack: () => void;
  onRun: () => void;
  isBusy: boolean;
  error: unknown;
}) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Outcome | "">("");
  const query = useQuery({
    queryKey: importKeys.preview(file, written, plan),
    queryFn: ({ signal }) => imports.preview(file, written, plan, signal),
    staleTime: 0,
  });
  const found = query.data;
  const counts = found?.counts ?? {};
  const there = OUTCOMES.filter((each) => (counts[each] ?? 0) > 0);
  const rows = found?.rows.filter((row) => !shown || row.outcome === shown) ?? [];
  return (
    <>
      <div className={styles.notes}>
        {error != null && <Note tone="err" live="assertive">{errorText(error)}</Note>}
        {found && (counts.rejected ?? 0) > 0 && (
          <Note tone="warn" lead={t("imports.some_wrong", { count: counts.rejected, formatted: formatNumber(counts.rejected) })}>{t("imports.some_wrong_text")}</Note>
        )}
        {found && !counts.rejected && <Note tone="ok">{t("imports.all_right", { count: found.rows.length })}</Note>}
      </div>
      {query.isError ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : !found ? (
        <SkeletonRows rows={8} rowHeight={36} />
      ) : (
        <>
          {there.length > 1 && (
            <div className={styles.facts}>
              <Segmented<Outcome | "">
                size="small"
                value={shown}
                onChange={setShown}
                options={[
                  { value: "", label: t("imports.every", { count: found.rows.length }) },
                  ...there.map((each) => ({ value: each, label: t(`imports.n_${each}`, { count: counts[each], formatted: formatNumber(counts[each]) }) })),
                ]}
              />
            </div>
          )}
          <RowsTable
            label={t("imports.preview")}
            headings={found.headings}
            entity={entity}
            plan={plan}
            rows={rows.map((row) => ({
              number: row.number,
              cells: row.cells,
              state: isOutcome(row.outcome) && <Tag tone={TONES[row.outcome]}>{t(`imports.is_${row.outcome}`)}</Tag>,
              problem: row.problem as { code: string; message: string; column?: string; field?: string } | null,
            }))}
          />
        </>
      )}
      <div className={styles.foot}>
        <Button onClick={onBack}>{t("imports.back_to_map")}</Button>
        <span className={styles.why}>{t("imports.not_written")}</span>
        <Button kind="primary" busy={isBusy} reason={found ? undefined : t("state.loading")} onClick={onRun}>{t("imports.run")}</Button>
      </div>
    </>
  );
}
