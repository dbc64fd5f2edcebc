import { useQuery } from "@tanstack/react-query";
import { DatePicker } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { FlaskConical, Save, Shuffle } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { RecordSelect } from "@/fields/reference/RecordSelect";
import { formatNumber, fromWall } from "@/lib/formats";
import { keys } from "@/lib/keys";
import { records } from "@/lib/records";
import type { WireRecord } from "@/lib/wire";
import type { Draft } from "@/render/builder/draftApi";
import { SidePanel } from "@/render/builder/SidePanel";
import { TraceList } from "@/render/ledger/TraceList";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonForm } from "@/ui/Skeleton";
import { toasts } from "@/ui/toasts";
import { labelsOf, resultStep, type RulesBody } from "./rulesModel";
import { textOf } from "./shared";
import { saveScenario, tryRules, type Tried } from "./tryApi";
import styles from "./TryPanel.module.css";

/** Try it: a real document under the rules in force and under the draft, side by side. Nothing is written. */
export function TryPanel({ day, draft, entity, body, onClose }: {
  /** A day to suppose at first. */
  day: string | null;
  draft: Draft;
  entity: string;
  body: RulesBody;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [record, setRecord] = useState<WireRecord | null>(null);
  const [at, setAt] = useState<Dayjs | null>(() => (day ? dayjs(`${day}T12:00`) : null));
  const latest = useQuery({
    queryKey: keys.list(entity, { limit: 50, sort: ["-id"] }),
    queryFn: ({ signal }) => records.list(entity, { limit: 50, sort: ["-id"] }, signal),
  });
  const chosen = record ?? latest.data?.data[0] ?? null;
  const instant = at ? fromWall(at.format("YYYY-MM-DDTHH:mm:ss")) : undefined;
  const tried = useQuery({
    queryKey: ["draft", draft.id, "try", entity, chosen?.id, instant, draft.version],
    queryFn: ({ signal }) => tryRules(draft.id, { entity, record: chosen?.id ?? 0, at: instant }, signal),
    enabled: chosen !== null,
    placeholderData: (before) => before,
    retry: false,
  });
  const another = () => {
    const found = latest.data?.data ?? [];
    setRecord(found[Math.floor(Math.random() * found.length)] ?? null);
  };
  const keep = async () => {
    if (!chosen) return;
    const name = `try_${chosen.id}_${Date.now().toString(36)}`;
    await saveScenario(draft.id, { entity, record: chosen.id, name, label: t("rules.scenario_of", { name: chosen.id }) });
    toasts.show(t("rules.scenario_kept"));
  };
  return (
    <SidePanel side="right" name="try" title={t("rules.try")} least={300} most={520} otherwise={332} onClose={onClose}
      icon={<FlaskConical size={16} strokeWidth={1.75} aria-hidden className={styles.icon} />}
      extra={<span className={styles.quiet}>{t("rules.writes_nothing")}</span>}
    >
      <div className={styles.form}>
        <span className={styles.label} id="try-record">{t("rules.document")}</span>
        <RecordSelect to={entity} chosen={chosen ? [chosen] : []} onChoose={([one]) => setRecord(one ?? null)} />
        <span className={styles.label}>{t("rules.supposed")}</span>
        <DatePicker showTime={{ format: "HH:mm" }} value={at} onChange={setAt} placeholder={t("rules.own_time")} aria-label={t("rules.supposed")}
          presets={[{ label: t("rules.today"), value: dayjs() }]} />
      </div>
      {latest.data?.data.length === 0 && <Note tone="neu">{t("rules.nothing_to_try")}</Note>}
      {tried.isLoading && <SkeletonForm fields={3} />}
      {tried.error != null && <ErrorBlock error={tried.error} onRetry={() => void tried.refetch()} />}
      {tried.data && tried.error == null && <Outcome tried={tried.data} body={body} />}
      <footer className={styles.foot}>
        <Button icon={<Save size={15} strokeWidth={1.75} />} reason={tried.data ? undefined : t("rules.nothing_to_try")} onClick={() => void keep()}>{t("rules.keep_scenario")}</Button>
        <Button kind="text" icon={<Shuffle size={15} strokeWidth={1.75} />} onClick={another}>{t("rules.another")}</Button>
      </footer>
    </SidePanel>
  );
}

function Outcome({ tried, body }: { tried: Tried; body: RulesBody }) {
  const { t } = useTranslation();
  const result = resultStep(body.steps);
  const names = useMemo(() => labelsOf(body.steps), [body.steps]);
  const name = typeof result?.let === "string" ? result.let : "";
  const [live, now] = [tried.live.values[name], tried.draft.values[name]];
  const change = Number(now) - Number(live);
  const error = tried.draft.error ?? tried.live.error;
  return (
    <div aria-live="polite">
      {error && <Note tone="err">{error.message}</Note>}
      {result && (
        <div className={styles.compare}>
          <div>
            <div className={styles.label}>{t("rules.live")} · {textOf(result.label, name)}</div>
            <div className={styles.figure}>{shown(live)}</div>
          </div>
          <div>
            <div className={styles.label}>{t("rules.draft")}</div>
            <div className={cx(styles.figure, styles.new)}>
              {shown(now)}
              {Number.isFinite(change) && change !== 0 && <span className={change > 0 ? styles.more : styles.less}>{change > 0 ? "+" : "−"}{formatNumber(String(Math.abs(change)))}</span>}
            </div>
          </div>
        </div>
      )}
      <TraceList steps={tried.draft.steps} nameOf={(step) => textOf(names.get(step.uid))} />
    </div>
  );
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" || typeof value === "number" ? formatNumber(value) : JSON.stringify(value);
}
