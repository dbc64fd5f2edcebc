import { Check, CornerUpLeft, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { AvatarTile } from "@/ui/AvatarTile";
import { cx } from "@/ui/cx";
import type { Asked, Stop } from "./approvalsApi";
import { spanText } from "./times";
import styles from "./Way.module.css";

const MARKS = { agreed: Check, rejected: X, returned: CornerUpLeft } as const;

/** The way of an approval: who has decided, who is asked, who is still to come, with names and times. */
export function Way({ stops, me, now }: { stops: readonly Stop[]; me: number; now: number }) {
  const { t } = useTranslation();
  return (
    <ol className={styles.way} aria-label={t("approvals.way")}>
      {stops.map((stop, index) => (
        <li key={`${stop.uid} ${stop.approval ?? ""} ${index}`} className={cx(styles.stop, styles[stop.state])} aria-current={stop.state === "at_work" ? "step" : undefined}>
          {index > 0 && <i className={cx(styles.line, stop.state !== "to_come" && stop.state !== "not_reached" && styles.walked)} aria-hidden />}
          <StopBody stop={stop} me={me} now={now} />
        </li>
      ))}
    </ol>
  );
}

function StopBody({ stop, me, now }: { stop: Stop; me: number; now: number }) {
  const { t } = useTranslation();
  const name = stop.kind === "start" ? t("approvals.start") : stop.kind === "requester" ? t("approvals.requester") : labelText(stop.label);
  if (stop.people.length === 0) {
    return (
      <div className={styles.person}>
        <AvatarTile name={name} identity={stop.uid} size={28} tone="neu" />
        <span className={styles.name}>{name}</span>
        <span className={styles.small}>{t(stop.state === "not_reached" ? "approvals.not_reached" : "approvals.to_come")}</span>
      </div>
    );
  }
  const many = stop.people.length > 1 ? ` · ${t(`approvals.mode_${stop.mode}`, { share: stop.share ?? "" })}` : "";
  return (
    <div className={styles.group}>
      <div className={styles.people}>
        {stop.people.map((asked, index) => <PersonStop key={asked.task ?? index} asked={asked} isStart={stop.kind === "start"} me={me} now={now} />)}
      </div>
      <span className={styles.node}>{name}{many}</span>
    </div>
  );
}

function PersonStop({ asked, isStart, me, now }: { asked: Asked; isStart: boolean; me: number; now: number }) {
  const { t } = useTranslation();
  const name = asked.person ? (asked.person.id === me ? t("approvals.you") : asked.person.name) : t("approvals.platform");
  const isOpen = asked.state === "open";
  const Mark = MARKS[asked.decision as keyof typeof MARKS];
  return (
    <div className={cx(styles.person, isOpen && styles.open)}>
      <span className={styles.tile}>
        <AvatarTile name={asked.person?.name ?? name} identity={asked.person?.id ?? 0} size={28} tone={isOpen ? "pri" : asked.decision === "rejected" ? "err" : asked.decision || isStart ? "ok" : "neu"} />
        {Mark && <span className={cx(styles.mark, asked.decision === "rejected" && styles.bad)}><Mark size={9} strokeWidth={3} aria-hidden /></span>}
      </span>
      <span className={styles.name}>{name}</span>
      <span className={styles.small}>
        {asked.decision ? t(`approvals.decision_${asked.decision}`) : isOpen ? t("approvals.open") : isStart ? "" : t("approvals.to_come")}
        {asked.by && asked.person && asked.by.id !== asked.person.id && ` · ${asked.by.name}`}
      </span>
      <span className={styles.small}>
        {isOpen && asked.opened_at ? t("approvals.waited_long", { time: spanText(t, asked.opened_at, now) }) : formatInstant(asked.at, { brief: true })}
      </span>
    </div>
  );
}
