import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { DockedPanel } from "@/ui/DockedPanel";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonForm } from "@/ui/Skeleton";
import { toasts } from "@/ui/toasts";
import { deliveriesApi, deliveryKeys } from "./deliveriesApi";
import styles from "./DeliveryPanel.module.css";
import { Receiver } from "./Receiver";
import { StateTag } from "./StateTag";

/** One delivery: to whom, why it did not arrive, its text, and what is decided about it. */
export function DeliveryPanel({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: deliveryKeys.one(id), queryFn: ({ signal }) => deliveriesApi.one(id, signal) });
  const act = useMutation({
    mutationFn: async (verb: "replay" | "sent" | "give_up") => {
      if (verb === "replay") await deliveriesApi.replay(id);
      else await deliveriesApi.settle(id, verb === "sent");
    },
    onSuccess: async (_, verb) => {
      toasts.show(t(verb === "replay" ? "deliveries.did_replay" : "deliveries.did_settle"));
      await client.invalidateQueries({ queryKey: deliveryKeys.all });
    },
  });
  const isOpen = data?.state === "dead" || data?.state === "review";
  const content = data && "content" in data ? data.content : null;
  return (
    <DockedPanel label={t("deliveries.number", { id })} lead={<b>{t("deliveries.number", { id })}</b>} onClose={onClose}>
      {isPending && <SkeletonForm />}
      {error && !data && <ErrorBlock error={error} onRetry={() => void refetch()} />}
      {data && (
        <div className={styles.view}>
          <p className={styles.head}><b>{data.message}</b><StateTag state={data.state} /></p>
          {data.error && <Note tone="err" lead={t("deliveries.error")}>{" "}{data.error}</Note>}
          {act.error != null && <Note tone="err" live="assertive">{errorText(act.error)}</Note>}
          {isOpen && (
            <div className={styles.acts}>
              <Button kind="primary" icon={<RotateCcw />} busy={act.isPending} onClick={() => act.mutate("replay")}>{t("deliveries.replay")}</Button>
              <Button busy={act.isPending} onClick={() => act.mutate("sent")}>{t("deliveries.was_sent")}</Button>
              <Button kind="danger" busy={act.isPending} onClick={() => act.mutate("give_up")}>{t("deliveries.give_up")}</Button>
            </div>
          )}
          <dl className={styles.facts}>
            <dt>{t("deliveries.to")}</dt><dd><Receiver to={data.to} /></dd>
            <dt>{t("deliveries.channel")}</dt><dd>{data.channel}</dd>
            {data.about && <><dt>{t("deliveries.about")}</dt><dd><Receiver to={data.about} /></dd></>}
            {data.reason && <><dt>{t("deliveries.reason")}</dt><dd>{data.reason}</dd></>}
            <dt>{t("deliveries.attempts")}</dt><dd className="num">{data.attempts}</dd>
            <dt>{t("deliveries.due")}</dt><dd className="num">{formatInstant(data.due_at, { brief: true })}</dd>
            {data.sent_at && <><dt>{t("deliveries.sent_at")}</dt><dd className="num">{formatInstant(data.sent_at, { brief: true })}</dd></>}
            {data.source && <><dt>{t("deliveries.source")}</dt><dd className="mono">{data.source}</dd></>}
          </dl>
          {content && <><h2 className={styles.part}>{t("deliveries.text")}</h2><pre className={styles.text}>{[content.subject, content.text].filter(Boolean).join("\n\n")}</pre></>}
          {data.receipt != null && <><h2 className={styles.part}>{t("deliveries.receipt")}</h2><pre className={`mono ${styles.text}`}>{JSON.stringify(data.receipt, null, 2)}</pre></>}
        </div>
      )}
    </DockedPanel>
  );
}
