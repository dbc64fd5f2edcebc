import { useQuery } from "@tanstack/react-query";
import { Input, Switch } from "antd";
import { CircleX, FlaskConical, Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { RecordSelect } from "@/fields/reference/RecordSelect";
import { keys } from "@/lib/keys";
import { records } from "@/lib/records";
import type { WireRecord } from "@/lib/wire";
import { SidePanel } from "@/render/builder/SidePanel";
import { textOf, type Words } from "@/render/builder/words";
import { JsonBlock } from "@/render/runs/JsonBlock";
import { StepLine } from "@/render/runs/StepLine";
import { STATES } from "@/render/runs/states";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { Tag } from "@/ui/Tag";
import { useDesigner } from "./designer";
import styles from "./FlowPage.module.css";
import { nameOfDocument } from "./designer";
import { tryFlow, type Trial } from "./kindsApi";
import { MessageList } from "./MessageList";

interface InputBody {
  uid: string;
  name: string;
  label?: Words;
  type: string;
  required?: boolean;
}

/** Try the draft on a real record, or with what a run was given: every step, call and message is shown, nothing stays. */
export function TryPanel({ trial, onTrial, onClose }: { trial: Trial | null; onTrial: (trial: Trial | null) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const designer = useDesigner();
  const { body, document } = designer;
  const [params] = useSearchParams();
  const run = Number(params.get("run") ?? 0) || undefined;
  const entity = body.trigger.entity;
  const [record, setRecord] = useState<WireRecord | null>(null);
  const [input, setInput] = useState<Record<string, unknown>>({});
  const [failing, setFailing] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const latest = useQuery({
    queryKey: keys.list(entity ?? "", { limit: 1, sort: ["-id"] }),
    queryFn: ({ signal }) => records.list(entity ?? "", { limit: 1, sort: ["-id"] }, signal),
    enabled: entity !== undefined && !run,
  });
  const chosen = record ?? latest.data?.data[0] ?? null;
  const inputs = (body.trigger.input ?? []) as InputBody[];
  const start = async (fails: readonly string[] = failing) => {
    setBusy(true);
    setError(null);
    try {
      const answers = Object.fromEntries(fails.map((path) => [path, { fail: t("flows.failed_here") }]));
      const given = run ? { run } : { ...(chosen && entity && { record: chosen.id }), ...(inputs.length && { input }) };
      onTrial(await tryFlow(body, document.package, { ...given, ...(fails.length && { answers }) }));
    } catch (problem) {
      onTrial(null);
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const turn = (path: string, on: boolean) => {
    const next = on ? [...failing, path] : failing.filter((each) => each !== path);
    setFailing(next);
    void start(next);
  };
  const reason = entity && !chosen && !run ? t("flows.no_record", { entity: nameOfDocument(designer, "entity", entity) }) : undefined;
  return (
    <SidePanel side="right" name="flows.try" title={t("flows.try")} least={320} most={720} otherwise={440} onClose={onClose}
      icon={<FlaskConical size={16} strokeWidth={1.75} aria-hidden />} extra={<span className={styles.small}>{t("flows.no_trace")}</span>}>
      <div className={styles.panel}>
        {run && <Note tone="pri">{t("flows.as_run", { id: run })}</Note>}
        {entity && !run && (
          <FieldRow label={nameOfDocument(designer, "entity", entity)}>
            {(ids) => <RecordSelect ids={ids} to={entity} chosen={chosen ? [chosen] : []} onChoose={([one]) => setRecord(one ?? null)} />}
          </FieldRow>
        )}
        {!run && inputs.map((each) => (
          <FieldRow key={each.uid} label={textOf(each.label, each.name)} required={each.required}>
            {(ids) => each.type === "boolean"
              ? <Switch id={ids.id} checked={input[each.name] === true} onChange={(on) => setInput({ ...input, [each.name]: on })} />
              : <Input {...ids} value={String(input[each.name] ?? "")} onChange={(event) => setInput({ ...input, [each.name]: event.target.value || undefined })} />}
          </FieldRow>
        ))}
        <Button kind="primary" icon={<Play size={15} strokeWidth={1.75} />} busy={busy} reason={reason} onClick={() => void start()}>{t("flows.try_now")}</Button>
        {error != null && <ErrorBlock error={error} />}
        {trial && <Outcome trial={trial} failing={failing} onFail={turn} />}
      </div>
    </SidePanel>
  );
}

function Outcome({ trial, failing, onFail }: { trial: Trial; failing: readonly string[]; onFail: (path: string, on: boolean) => void }) {
  const { t } = useTranslation();
  const designer = useDesigner();
  const { run, calls, messages = [], begins } = trial;
  const { icon: Icon, tone } = STATES[run.state];
  return (
    <div className={styles.outcome} aria-live="polite">
      <p><Tag tone={tone} icon={<Icon size={12} strokeWidth={2} aria-hidden />}>{t(`runs.state_${run.state}`)}</Tag> <span className={styles.small}>{t("flows.took_steps", { count: run.steps_taken.length })}</span></p>
      {run.error && <Note tone="err" lead={run.error.message ?? run.error.code} />}
      <ol className={styles.taken}>{run.steps_taken.map((step) => <StepLine key={step.path} step={step} isHere={false} />)}</ol>
      {messages.length > 0 && <MessageList messages={messages} />}
      {calls.length > 0 && (
        <section>
          <h3 className={styles.heading}>{t("flows.calls", { count: calls.length })}</h3>
          {calls.map((each) => {
            const path = each.step.replaceAll(/\[[^\]]*\]/g, "");
            return (
              <div key={each.key} className={styles.element}>
                <JsonBlock title={each.step} value={each.request} isOpen />
                <label className={styles.flag}><Switch size="small" checked={failing.includes(path)} onChange={(on) => onFail(path, on)} /> <CircleX size={14} aria-hidden /> {t("flows.suppose_failed")}</label>
              </div>
            );
          })}
        </section>
      )}
      {begins.length > 0 && <Note tone="neu" lead={t("flows.would_begin")}> {begins.map((each) => nameOfDocument(designer, "flow", each)).join(t("condition.list"))}</Note>}
      {run.result != null && <JsonBlock title={t("runs.result")} value={run.result} />}
    </div>
  );
}
