import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { approvalKeys, approvalsApi, useForget } from "./approvalsApi";
import { secondsUntil, useNow } from "./times";

/** While a decision can still be taken back: for how long, and the way back. */
export function UndoStrip({ task, title, text, finalAt, onUndone }: {
  task: number;
  title: string;
  /** What was done; left out where the task itself is shown. */
  text?: string;
  finalAt: string | null;
  onUndone?: (task: number) => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const forget = useForget();
  const left = secondsUntil(finalAt, useNow(500));
  const undo = useMutation({
    mutationFn: () => approvalsApi.undo(task),
    onSuccess: async (answer) => {
      client.setQueryData(approvalKeys.task(task), answer);
      client.setQueryData(approvalKeys.one(answer.approval.id), answer);
      onUndone?.(task);
      await forget();
    },
  });
  if (left === 0 && !undo.isError) return null;
  return (
    <div role="status" aria-label={title}>
      <Note
        tone={undo.isError ? "err" : "ok"}
        lead={text ?? t("approvals.decided_here")}
        link={left > 0 ? <Button kind="link" small icon={<Undo2 />} busy={undo.isPending} onClick={() => undo.mutate()}>{t("approvals.undo")}</Button> : undefined}
      >
        {" "}{undo.isError ? errorText(undo.error) : t("approvals.undo_in", { count: left })}
      </Note>
    </div>
  );
}
