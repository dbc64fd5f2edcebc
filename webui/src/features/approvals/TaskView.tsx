import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ExternalLink, Printer } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { addresses, baseOf } from "@/lib/addresses";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { problemsByField } from "@/lib/problems";
import type { Json } from "@/lib/wire";
import { IconButton } from "@/ui/IconButton";
import { Panel } from "@/ui/Panel";
import { Tag } from "@/ui/Tag";
import { toasts } from "@/ui/toasts";
import type { Tone } from "@/ui/tone";
import { ActionBar } from "./ActionBar";
import { type Approval, type ApprovalAnswer, approvalKeys, approvalsApi, useForget, type Verb } from "./approvalsApi";
import { RecordBlock } from "./RecordBlock";
import { type Changes, missingFields } from "./recordValues";
import styles from "./TaskView.module.css";
import { spanText, useNow } from "./times";
import { Trail } from "./Trail";
import { UndoStrip } from "./UndoStrip";
import { Way } from "./Way";

const TONES: Record<string, Tone> = { agreed: "ok", rejected: "err", failed: "err", withdrawn: "warn", returned: "warn", cancelled: "neu" };
const SAID = { urge: "urged", copies: "copied_done", comment: "commented", withdraw: "withdrawn_done", signers: "signers_done" } as const;

/** One approval with everything about it, and what I can do with it. */
export function TaskView({ answer, onDecided }: {
  answer: ApprovalAnswer;
  /** I have decided: the next one may open. */
  onDecided?: (verb: Verb, answer: ApprovalAnswer) => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const forget = useForget();
  const offer = useOffer();
  const now = useNow(1_000);
  const [changes, setChanges] = useState<Changes>({});
  const [wrong, setWrong] = useState<Record<string, string[]>>({});
  const { approval, task } = answer;
  const record = approval.record ?? null;
  const canWrite = task?.actions.includes("agree") || task?.actions.includes("resubmit");

  const act = useMutation({
    mutationFn: ({ verb, body }: { verb: Verb; body: Record<string, Json> }) => approvalsApi.act(answer, verb, body),
    onSuccess: async (after, { verb }) => {
      client.setQueryData(approvalKeys.one(after.approval.id), after);
      if (task) client.setQueryData(approvalKeys.task(task.id), { ...after, task: after.task?.id === task.id ? after.task : task });
      const said = SAID[verb as keyof typeof SAID];
      if (said) toasts.show(t(`approvals.${said}`));
      else onDecided?.(verb, after);
      await forget();
    },
    onError: (error) => setWrong(problemsByField(error)),
  });
  const check = () => {
    const lacking = missingFields(record, changes);
    setWrong(Object.fromEntries(lacking.map((each) => [each.path, [t("approvals.fill", { name: labelText(each.field.label) })]])));
    return lacking.length === 0;
  };
  const send = (verb: Verb, body: Record<string, Json>, done: () => void) => {
    const takesRecord = verb === "agree" || verb === "resubmit";
    const isDecision = takesRecord || verb === "reject" || verb === "return";
    const own = { ...(takesRecord && Object.keys(changes).length > 0 && { record: changes }), ...(isDecision && record && { version: record.version }) };
    act.mutate({ verb, body: { ...body, ...own } }, { onSuccess: done });
  };
  return (
    <div className={styles.view}>
      <div className={styles.scroll}>
        <Head answer={answer} now={now} />
        {task?.actions.includes("undo") && <UndoStrip task={task.id} title={approval.title} finalAt={task.final_at ?? null} />}
        <div className={styles.card}><Way stops={approval.way} me={offer.user.id} now={now} /></div>
        <div className={approval.effects.length > 0 ? styles.columns : styles.single}>
          <div className={styles.column}>
            {record && <RecordBlock record={record} entity={offer.entity(record.entity)} changes={changes} onChange={canWrite ? setChanges : undefined} wrong={wrong} />}
          </div>
          {approval.effects.length > 0 && <Effects approval={approval} />}
        </div>
        <Trail deeds={approval.trail} />
      </div>
      <ActionBar answer={answer} isBusy={act.isPending} error={act.error} onAct={send} check={check} />
    </div>
  );
}

/** What agreeing brings about. */
export function Effects({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("approvals.effects")}>
      <dl className={styles.effects}>
        {approval.effects.map((each) => (
          <div key={each.uid} className={styles.effect}>
            <dt>{labelText(each.label)}</dt>
            <dd className="num">{effectText(each.value as Json)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

const effectText = (value: Json): string =>
  value === null ? "–" : typeof value === "object" ? ("title" in value ? String(value.title) : JSON.stringify(value)) : String(value);

function Head({ answer, now }: { answer: ApprovalAnswer; now: number }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { approval, task } = answer;
  const record = approval.record;
  const by = approval.requester?.name ?? t("approvals.platform");
  const due = task?.state === "open" ? (task.late_at ?? task.due_at) : null;
  const isOver = due != null && Date.parse(due) <= now;
  const tag = approval.state === "ended" ? t(`approvals.outcome_${approval.outcome || "agreed"}`) : task ? labelText(task.node.label) : t(approval.state === "returned" ? "approvals.state_returned" : "approvals.state_running");
  return (
    <header className={styles.head}>
      <div className={styles.words}>
        <h2 className={styles.title}>{approval.title || labelText(approval.flow.label)} <Tag dot tone={approval.state === "ended" ? (TONES[approval.outcome] ?? "neu") : "warn"}>{tag}</Tag></h2>
        <p className={styles.about}>
          {approval.summary && <strong>{approval.summary}</strong>}
          <span>{labelText(approval.flow.label)} · {t("approvals.started_by", { name: by, time: formatInstant(approval.started_at, { brief: true }) })}</span>
          {due != null && (
            <span className={isOver ? styles.late : styles.due}>
              {isOver ? t("approvals.over", { time: spanText(t, due, now) }) : t("approvals.left", { time: spanText(t, new Date(now).toISOString(), Date.parse(due)) })}
              {task?.due_do && ` · ${t(`approvals.due_${task.due_do}`)}`}
            </span>
          )}
        </p>
      </div>
      <div className={styles.tools}>
        {record?.can_open && (
          <Link to={addresses.record(baseOf(pathname), record.entity, record.ref)} className={styles.open}>
            <ExternalLink size={14} strokeWidth={1.75} aria-hidden />{t("approvals.open_record")}
          </Link>
        )}
        <IconButton icon={Printer} label={t("approvals.print")} onClick={() => window.print()} />
      </div>
    </header>
  );
}
