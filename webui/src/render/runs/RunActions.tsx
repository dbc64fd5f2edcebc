import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Modal } from "antd";
import { CheckCheck, FlaskConical, Repeat, RotateCcw, Square } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useOffer } from "@/lib/offer";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { toasts } from "@/ui/toasts";
import { managesRuns, mayDesign } from "./may";
import styles from "./Runs.module.css";
import { type Run, runKeys, runsApi } from "./runsApi";

/** What can be done with a run: retry from the step that failed, note as dealt with, run again, cancel. */
export function RunActions({ run, onOpen }: { run: Run; onOpen: (id: number) => void }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const navigate = useNavigate();
  const { app } = useParams();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const act = useMutation({
    mutationFn: async (verb: "cancel" | "retry" | "settle" | "repeat") => {
      if (verb === "repeat") return runsApi.repeat(run.id);
      await runsApi[verb](run.id);
      return 0;
    },
    onSuccess: async (made, verb) => {
      setAsking(false);
      toasts.show(t(`runs.did_${verb}`, { id: made }));
      await client.invalidateQueries({ queryKey: runKeys.all });
      if (made) onOpen(made);
    },
  });
  const isFailed = run.state === "failed" || run.state === "review";
  if (!managesRuns(offer)) return null;
  return (
    <div className={styles.actions}>
      {isFailed && <Button kind="primary" icon={<RotateCcw />} busy={act.isPending} onClick={() => act.mutate("retry")}>{t("runs.retry")}</Button>}
      {isFailed && !run.is_settled && <Button icon={<CheckCheck />} busy={act.isPending} onClick={() => act.mutate("settle")}>{t("runs.settle")}</Button>}
      <Button kind={isFailed ? "text" : "default"} icon={<Repeat />} busy={act.isPending} onClick={() => act.mutate("repeat")}>{t("runs.repeat")}</Button>
      {app && mayDesign(offer) && (
        <Button kind="text" icon={<FlaskConical />} onClick={() => void navigate(`/b/${app}/flow/${encodeURIComponent(run.flow_key)}?try=1&run=${run.id}`)}>{t("runs.with_draft")}</Button>
      )}
      {run.finished_at === null && <Button kind="danger" icon={<Square />} onClick={() => setAsking(true)}>{t("runs.cancel")}</Button>}
      {act.error != null && <Note tone="err" live="assertive">{errorText(act.error)}</Note>}
      <Modal open={isAsking} width={480} title={t("runs.cancel_question")} onCancel={() => setAsking(false)}
        footer={<><Button onClick={() => setAsking(false)}>{t("runs.keep")}</Button><Button kind="danger-solid" busy={act.isPending} onClick={() => act.mutate("cancel")}>{t("runs.cancel")}</Button></>}>
        {t("runs.cancel_text")}
      </Modal>
    </div>
  );
}
