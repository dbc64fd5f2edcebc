import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { cx } from "@/ui/cx";
import tones from "@/ui/tones.module.css";
import styles from "./Runs.module.css";
import { isOpen, type RunRow } from "./runsApi";
import { nameOf, STATES, tookText } from "./states";

/** A run in a list: state, flow, what it failed of or how long it took, when. isBrief: all of one flow. */
export function RunLine({ row, isCurrent, onOpen, isBrief = false, check }: {
  row: RunRow;
  isCurrent: boolean;
  onOpen: () => void;
  isBrief?: boolean;
  /** A box before it, for doing something with several. */
  check?: ReactNode;
}) {
  const { t } = useTranslation();
  const { icon: Icon, tone } = STATES[row.state];
  const failure = row.error && (row.state === "failed" || row.state === "review") ? (row.error.message ?? "") : "";
  const about = failure || (isOpen(row.state) ? t("runs.at_step", { count: row.steps }) : tookText(t, row.started_at, row.finished_at));
  return (
    <li className={cx(styles.row, isCurrent && styles.chosen, isBrief && styles.brief)}>
      {check}
      <button type="button" className={styles.open} aria-current={isCurrent ? "true" : undefined} onClick={onOpen}>
        <Icon size={16} strokeWidth={1.75} aria-hidden className={cx(tones[tone], styles.icon)} />
        <span className={styles.text}>
          <span className={styles.name}><span className="num">{t("runs.number", { id: row.id })}</span>{!isBrief && ` ${nameOf(row.label, row.flow)}`}</span>
          <span className={styles.small}>{t(`runs.state_${row.state}`)}{about && ` · ${about}`}</span>
        </span>
        <time className={styles.when} dateTime={row.created_at}>{formatInstant(row.created_at, { brief: true })}</time>
      </button>
    </li>
  );
}
