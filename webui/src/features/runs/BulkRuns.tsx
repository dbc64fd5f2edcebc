import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CheckCheck, Repeat, RotateCcw, Square, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { errorText } from "@/lib/problems";
import { type RunRow, runKeys, runsApi } from "@/render/runs/runsApi";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { toasts } from "@/ui/toasts";
import styles from "./RunsPage.module.css";

type Verb = "retry" | "settle" | "cancel" | "repeat";

const FITS: Record<Verb, (row: RunRow) => boolean> = {
  retry: (row) => row.state === "failed" || row.state === "review",
  settle: (row) => (row.state === "failed" || row.state === "review") && !row.is_settled,
  cancel: (row) => row.finished_at === null,
  repeat: () => true,
};
const ICONS = { retry: RotateCcw, settle: CheckCheck, cancel: Square, repeat: Repeat };

/** What can be done with the runs that are checked: only acts that fit at least one of them, each with its count. */
export function BulkRuns({ rows, onDone }: { rows: readonly RunRow[]; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: async (verb: Verb) => {
      let done = 0;
      let error: unknown = null;
      // One after the other: what one refuses does not keep the others from it.
      for (const row of rows.filter(FITS[verb])) {
        try {
          await runsApi[verb](row.id);
          done += 1;
        } catch (problem) {
          error = problem;
        }
      }
      return { done, error };
    },
    onSuccess: async ({ done, error }) => {
      toasts.show(error ? `${t("runs.did_many", { count: done })} ${errorText(error)}` : t("runs.did_many", { count: done }));
      await client.invalidateQueries({ queryKey: runKeys.all });
      onDone();
    },
  });
  if (rows.length === 0) return null;
  return (
    <div className={styles.bulk} role="toolbar" aria-label={t("runs.checked", { count: rows.length })}>
      <b className="num">{t("runs.checked", { count: rows.length })}</b>
      {(Object.keys(FITS) as Verb[]).map((verb) => {
        const count = rows.filter(FITS[verb]).length;
        const Icon = ICONS[verb];
        return count > 0 && (
          <Button key={verb} small kind={verb === "cancel" ? "danger" : "default"} icon={<Icon size={14} />} busy={act.isPending && act.variables === verb} onClick={() => act.mutate(verb)}>
            {t(`runs.${verb}`)} {count}
          </Button>
        );
      })}
      <IconButton icon={X} size={14} label={t("action.clear")} onClick={onDone} />
    </div>
  );
}
