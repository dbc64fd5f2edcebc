import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { ApiError } from "@/lib/errors";
import { labelText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonForm } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import { toasts } from "@/ui/toasts";
import type { Tone } from "@/ui/tone";
import { useCheck } from "./CheckButton";
import { useDraft } from "./draft";
import { draftApi, type Draft, type DraftPlan, type PlanChange } from "./draftApi";
import styles from "./PublishButton.module.css";

/** Publish the draft: what will change is shown first, with how many records it touches. */
export function PublishButton({ opens }: {
  /** Where people see what was made. */
  opens?: string;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { draft, saver } = useDraft();
  const check = useCheck();
  const [isOpen, setOpen] = useState(false);
  const count = check?.problems.length ?? 0;
  const reason = !draft ? t("builder.nothing_to_publish") : count ? t("builder.problems_first", { count }) : undefined;
  const open = () => void saver?.flush().then((isSaved) => isSaved && setOpen(true));
  return (
    <>
      <Button kind="primary" onClick={open} reason={reason}>{t("builder.publish")}</Button>
      {isOpen && draft && <PublishDialog draft={draft} onOpen={opens ? () => void navigate(opens) : undefined} onClose={() => setOpen(false)} />}
    </>
  );
}

function PublishDialog({ draft, onOpen, onClose }: { draft: Draft; onOpen?: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { leave, refresh } = useDraft();
  const plan = useQuery({
    queryKey: ["draft", draft.id, "plan", draft.version],
    queryFn: ({ signal }) => draftApi.plan(draft.id, signal),
    staleTime: 0,
  });
  const [reason, setReason] = useState("");
  const [consents, setConsents] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isBehind = error instanceof ApiError && error.code === "draft_behind";
  const publish = async () => {
    setBusy(true);
    setError(null);
    try {
      const done = await draftApi.publish(draft.id, {
        version: plan.data?.version ?? draft.version, consent: consents, reason: reason || undefined,
      });
      await client.invalidateQueries({ queryKey: keys.app() });
      const action = onOpen && { label: t("builder.open_it"), run: onOpen };
      toasts.show(t("builder.published", { number: done.release }), action, 12_000);
      onClose();
      leave();
      await refresh();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const catchUp = async () => {
    await draftApi.rebase(draft.id);
    await refresh();
    setError(null);
  };
  const wants = plan.data?.needs_consent && !consents ? t("builder.consent_first") : plan.data?.is_empty ? t("builder.nothing_to_publish") : undefined;
  return (
    <Modal
      open
      width={720}
      title={t("builder.publish_title")}
      onCancel={onClose}
      footer={
        <div className={styles.foot}>
          <Button onClick={onClose}>{t("builder.not_yet")}</Button>
          <Button kind="primary" busy={busy} reason={plan.data ? wants : t("builder.planning")} onClick={() => void publish()}>
            {t("builder.publish_now")}
          </Button>
        </div>
      }
    >
      {plan.isLoading && <SkeletonForm fields={4} />}
      {plan.error != null && <ErrorBlock error={plan.error} onRetry={() => void plan.refetch()} />}
      {plan.data && <PlanList plan={plan.data} />}
      {plan.data?.needs_consent && (
        <Checkbox checked={consents} onChange={(event) => setConsents(event.target.checked)} className={styles.consent}>
          {t("builder.consent")}
        </Checkbox>
      )}
      <Input
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        placeholder={t("builder.reason")}
        aria-label={t("builder.reason")}
        maxLength={500}
      />
      {error != null && (
        <div className={styles.error}>
          <ErrorBlock
            error={error}
            actions={isBehind && <Button kind="primary" onClick={() => void catchUp()}>{t("builder.catch_up")}</Button>}
          />
        </div>
      )}
    </Modal>
  );
}

type Risk = "safe" | "rebuild" | "loses_precision" | "hides_data";

const TONES: Record<Risk, Tone> = { safe: "ok", rebuild: "warn", loses_precision: "err", hides_data: "err" };

/** The lines of a plan, each with what it does to data that are there. */
export function PlanList({ plan }: { plan: Pick<DraftPlan, "changes" | "is_empty"> }) {
  const { t } = useTranslation();
  if (plan.is_empty || plan.changes.length === 0) return <Note tone="neu">{t("builder.plan_empty")}</Note>;
  return (
    <ul className={styles.plan} aria-label={t("builder.changes", { count: plan.changes.length })}>
      {plan.changes.map((change, index) => <PlanLine key={index} change={change} />)}
    </ul>
  );
}

function PlanLine({ change }: { change: PlanChange }) {
  const { t } = useTranslation();
  const mark = { add: "+", remove: "−" }[change.action] ?? "~";
  const risk = change.risk as Risk;
  return (
    <li className={styles.line}>
      <span className={styles.mark} aria-hidden>{mark}</span>
      <span className={styles.text}>{labelText(change.text)}</span>
      {change.rows ? <span className={styles.rows}>{t("builder.rows", { count: change.rows })}</span> : null}
      {risk !== "safe" && <Tag tone={TONES[risk]}>{t(`builder.risk.${risk}`)}</Tag>}
    </li>
  );
}
