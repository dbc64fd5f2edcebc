import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { cx } from "@/ui/cx";
import tones from "@/ui/tones.module.css";
import { JsonBlock } from "./JsonBlock";
import styles from "./Runs.module.css";
import type { Step } from "./runsApi";
import { nameOf, STATES, tookText } from "./states";

/** One step that a run has taken: state, time, attempts, and why it went as it did. */
export function StepLine({ step, isHere, isOpen = false }: { step: Step; isHere: boolean; isOpen?: boolean }) {
  const { t } = useTranslation();
  const { icon: Icon, tone } = STATES[step.state] ?? STATES.started;
  const isBad = isOpen || step.state === "failed" || step.state === "review" || step.state === "failing";
  const depth = Math.min(6, Math.floor((step.path.split("/").length - 1)));
  return (
    <li className={cx(styles.step, tones[tone], step.state === "skipped" && styles.skipped)} style={{ marginInlineStart: depth * 20 }} aria-current={isHere ? "step" : undefined}>
      <div className={styles.stepHead}>
        <Icon size={16} strokeWidth={1.75} aria-hidden className={styles.icon} />
        <span className={styles.stepName}>
          <strong>{nameOf(step.label, step.as ?? step.do)}</strong>
          <span className={`mono ${styles.kind}`}>{step.do} · {step.path}</span>
        </span>
        <span className={styles.stepState}>
          <span className={styles.word}>{t(`runs.state_${step.state}`)}</span>
          <time dateTime={step.started_at}>{formatInstant(step.started_at, { brief: true, seconds: true })}</time>
          {step.ended_at && <span>{tookText(t, step.started_at, step.ended_at)}</span>}
          {step.attempts > 1 && <span>{t("runs.attempts", { count: step.attempts })}</span>}
          {step.repeated > 0 && <span>{t("runs.repeated", { count: step.repeated })}</span>}
        </span>
      </div>
      {step.note != null && <JsonBlock title={t("runs.why")} value={step.note} isOpen={isBad} />}
      {step.errors != null && <JsonBlock title={t("runs.errors")} value={step.errors} isOpen={isBad} />}
      {step.input != null && <JsonBlock title={t("runs.input")} value={step.input} isOpen={isOpen} />}
      {step.output != null && <JsonBlock title={t("runs.output")} value={step.output} isOpen={isOpen} />}
      {step.call && <JsonBlock title={`${t("runs.call")} · ${t("runs.key")} ${step.call.key}`} value={{ [t("runs.request")]: step.call.request, [t("runs.answer")]: step.call.answer }} isOpen={isBad} />}
    </li>
  );
}
