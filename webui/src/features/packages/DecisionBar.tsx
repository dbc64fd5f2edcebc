import { Input } from "antd";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { type Consents, missingOf } from "./consents";
import type { Plan } from "./packagesApi";
import styles from "./Process.module.css";

/** What is missing, why it is done, and the button that does it. */
export function DecisionBar({ plan, consents, reason, onReason, busy, verb, onApply, onCancel }: {
  plan: Plan;
  consents: Consents;
  reason: string;
  onReason: (text: string) => void;
  busy: boolean;
  verb: string;
  onApply: () => void;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const missing = missingOf(plan, consents);
  const why = plan.is_empty ? t("packages.empty_plan") : missing ? t("packages.missing", { count: missing }) : "";
  return (
    <footer className={styles.decision}>
      <p className={styles.lacks} aria-live="polite">
        {why ? <CircleAlert size={16} strokeWidth={1.75} aria-hidden className={styles.warn} /> : <CircleCheck size={16} strokeWidth={1.75} aria-hidden className={styles.ok} />}
        {why || t("packages.ready")}
      </p>
      <Input className={styles.reason} value={reason} maxLength={500} placeholder={t("packages.reason")} aria-label={t("packages.reason")} onChange={(event) => onReason(event.target.value)} />
      <Button onClick={onCancel}>{t("packages.not_now")}</Button>
      <Button kind="primary" busy={busy} reason={why || undefined} onClick={onApply}>{verb}</Button>
    </footer>
  );
}
