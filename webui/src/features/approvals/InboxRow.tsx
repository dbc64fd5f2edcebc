import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { AvatarTile } from "@/ui/AvatarTile";
import { cx } from "@/ui/cx";
import type { ApprovalRow, Tab } from "./approvalsApi";
import styles from "./InboxPage.module.css";
import { spanText } from "./times";

/** One line of a list: what it is, whose, since when; late ones in red. */
export function InboxRow({ row, tab, now, isCurrent, isChecked, onOpen, onToggle }: {
  row: ApprovalRow;
  tab: Tab;
  now: number;
  isCurrent: boolean;
  isChecked: boolean;
  onOpen: () => void;
  /** Left out: it cannot be checked. */
  onToggle?: () => void;
}) {
  const { t } = useTranslation();
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) line.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  const title = row.title || labelText(row.flow.label);
  const since = tab === "waiting" ? row.opened_at : tab === "done" ? row.decided_at : tab === "copied" ? row.copied_at : row.started_at;
  const about = [row.requester?.name, row.summary].filter(Boolean).join(" · ") || labelText(row.flow.label);
  return (
    <li ref={line} className={cx(styles.row, isCurrent && styles.chosen, isChecked && styles.checked)}>
      {onToggle && <input type="checkbox" className={styles.check} checked={isChecked} aria-label={t("approvals.check_one", { title })} onChange={onToggle} />}
      <button type="button" className={styles.open} aria-current={isCurrent ? "true" : undefined} onClick={onOpen}>
        <AvatarTile name={labelText(row.flow.label)} identity={row.flow.name} size={32} />
        <span className={styles.text}>
          <span className={cx(styles.name, tab === "copied" && row.read_at == null && styles.unread)}>{title}</span>
          <span className={styles.about}>{row.is_own === false && row.person ? `${t("approvals.for", { name: row.person.name })} · ` : ""}{about}</span>
        </span>
        <span className={styles.when}>
          <span>{formatInstant(since, { brief: true })}</span>
          <Fate row={row} tab={tab} now={now} />
        </span>
      </button>
    </li>
  );
}

function Fate({ row, tab, now }: { row: ApprovalRow; tab: Tab; now: number }) {
  const { t } = useTranslation();
  if (tab === "waiting" && row.opened_at) {
    return <span className={cx(row.is_late && styles.late)}>{row.is_late ? `${t("approvals.late")} · ` : ""}{t("approvals.waited", { time: spanText(t, row.opened_at, now) })}</span>;
  }
  if (tab === "done" && row.decision) return <span>{t(`approvals.decision_${row.decision}`)}</span>;
  if (row.outcome) return <span>{t(`approvals.outcome_${row.outcome}`)}</span>;
  return <span>{labelText(row.node) || t("approvals.state_running")}</span>;
}
