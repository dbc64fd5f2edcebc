import { useQuery } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { addresses, baseOf } from "@/lib/addresses";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { useOffer } from "@/lib/offer";
import { records } from "@/lib/records";
import type { AppEntity, Json } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonForm } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import { toasts } from "@/ui/toasts";
import { JsonBlock } from "./JsonBlock";
import { RunActions } from "./RunActions";
import styles from "./Runs.module.css";
import { isOpen, type Run, runKeys, runsApi } from "./runsApi";
import { nameOf, STATES, tookText } from "./states";
import { StepLine } from "./StepLine";

const SOON_MS = 3_000;
const LATER_MS = 15_000;

/** One run: how it went, step by step, and what can be done with it. It renews itself while it is under way. */
export function RunView({ id, onOpen }: { id: number; onOpen: (id: number) => void }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: runKeys.one(id),
    queryFn: ({ signal }) => runsApi.get(id, signal),
    refetchInterval: (query) => (query.state.data && isOpen(query.state.data.state) ? SOON_MS : LATER_MS),
  });
  if (isPending) return <SkeletonForm />;
  if (error && !data) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  return <Known run={data} onOpen={onOpen} />;
}

function Known({ run, onOpen }: { run: Run; onOpen: (id: number) => void }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const entity = run.entity ? offer.entity(run.entity) : undefined;
  const { icon: Icon, tone } = STATES[run.state];
  return (
    <div className={styles.view}>
      <header className={styles.head}>
        <h2 className={styles.title}>
          <span className="num">{t("runs.number", { id: run.id })}</span> {nameOf(run.label, run.flow)}{" "}
          <Tag tone={tone} icon={<Icon size={12} strokeWidth={2} aria-hidden />}>{t(`runs.state_${run.state}`)}</Tag>
        </h2>
        <p className={styles.about}>
          {entity && run.record_id != null && <RecordLink entity={entity} id={run.record_id} />}
          <span>{t("runs.started")} {formatInstant(run.started_at ?? run.created_at, { brief: true, seconds: true })}</span>
          {run.finished_at && <span>{t("runs.took", { time: tookText(t, run.started_at ?? run.created_at, run.finished_at) })}</span>}
          {run.wake_at && run.state === "waiting" && <span>{t("runs.wakes", { time: formatInstant(run.wake_at, { brief: true }) })}</span>}
          <Others text={t("runs.from")} ids={run.rerun_of ? [run.rerun_of] : []} onOpen={onOpen} />
          <Others text={t("runs.parent")} ids={run.parent_id ? [run.parent_id] : []} onOpen={onOpen} />
          <Others text={t("runs.called")} ids={run.called} onOpen={onOpen} />
        </p>
      </header>
      {run.error && (
        <Note tone="err" lead={run.error.message ?? run.error.code} link={<CopyError run={run} />}>
          {" "}{run.is_settled && (run.state === "failed" || run.state === "review") ? t("runs.settled") : t("runs.retry_text")}
        </Note>
      )}
      <RunActions run={run} onOpen={onOpen} />
      <section aria-label={t("runs.steps")}>
        <h3 className={styles.part}>{t("runs.steps")}</h3>
        {run.steps_taken.length === 0 && <p className={styles.none}>{t("runs.no_steps")}</p>}
        <ol className={styles.steps}>
          {run.steps_taken.map((step) => <StepLine key={step.path} step={step} isHere={run.at.includes(step.path)} />)}
        </ol>
      </section>
      <JsonBlock title={t("runs.given")} value={run.given as unknown as Json} />
      {run.variables != null && <JsonBlock title={t("runs.variables")} value={run.variables} />}
      {run.result != null && <JsonBlock title={t("runs.result")} value={run.result} />}
    </div>
  );
}

/** The record that a run is about; its address is known once it could be read. */
function RecordLink({ entity, id }: { entity: AppEntity; id: number }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { data } = useQuery({ queryKey: keys.byId(entity.name, id), queryFn: ({ signal }) => records.byId(entity.name, id, signal) });
  const text = t("runs.about", { entity: labelText(entity.label), record: id });
  return data ? <Link to={addresses.record(baseOf(pathname), entity.name, data.ref)}>{text}</Link> : <span>{text}</span>;
}

function Others({ text, ids, onOpen }: { text: string; ids: readonly number[]; onOpen: (id: number) => void }) {
  const { t } = useTranslation();
  if (ids.length === 0) return null;
  return <span>{text} {ids.map((id) => <Button key={id} kind="link" small onClick={() => onOpen(id)}>{t("runs.number", { id })}</Button>)}</span>;
}

function CopyError({ run }: { run: Run }) {
  const { t } = useTranslation();
  const copy = () => void navigator.clipboard?.writeText(JSON.stringify(run.error, null, 2)).then(() => toasts.show(t("action.copied")));
  return <Button kind="link" small icon={<Copy />} onClick={copy}>{t("action.copy")}</Button>;
}
