import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { addresses, baseOf } from "@/lib/addresses";
import { formatInstant } from "@/lib/formats";
import { inText, labelText } from "@/lib/i18n";
import { listText } from "@/lib/problems";
import { AvatarTile } from "@/ui/AvatarTile";
import type { Entry } from "./auditApi";
import styles from "./AuditPage.module.css";
import { EntryDetails } from "./EntryDetails";

/** One entry as a sentence: who did what to which record; opened, it says what was there before. */
export function EntryLine({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const name = entry.actor.title ?? entry.actor.name ?? t("admin.nobody");
  const key = `audit.verb_${entry.verb.replace(".", "_")}`;
  const verb = t(key as "audit.verb_created", { defaultValue: entry.verb });
  const Arrow = isOpen ? ChevronDown : ChevronRight;
  return (
    <li className={styles.entry}>
      <div className={styles.row}>
        <button type="button" className={styles.open} aria-expanded={isOpen} aria-label={t("audit.details")} onClick={() => setOpen(!isOpen)}>
          <Arrow size={15} strokeWidth={1.75} aria-hidden />
        </button>
        <AvatarTile name={name} identity={entry.actor.id} size={24} />
        <p className={styles.sentence}>
          <b>{name}</b> {verb} <About entry={entry} />
          {entry.fields.length > 0 && entry.verb === "updated" && <span className={styles.fields}>{listText(entry.fields.map((field) => labelText(field.label)))}</span>}
          {entry.reason && <span className={styles.reason}>{entry.reason}</span>}
        </p>
        <time className={`${styles.at} num`} dateTime={entry.at} title={formatInstant(entry.at, { seconds: true })}>{formatInstant(entry.at, { brief: true })}</time>
      </div>
      {isOpen && <EntryDetails entry={entry} />}
    </li>
  );
}

function About({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const base = baseOf(useLocation().pathname);
  if (entry.kind === "records") {
    const what = inText(entry.label) || entry.entity || "";
    if (entry.record === null) return <>{what} · {t("audit.many", { count: entry.records })}</>;
    const title = entry.title || `#${entry.record}`;
    return <>{what} {entry.is_there && entry.entity ? <Link to={addresses.record(base, entry.entity, entry.record)}>{title}</Link> : title}</>;
  }
  if (entry.kind === "access") {
    const isOther = entry.about && entry.about.id !== entry.actor.id;
    return <>{isOther && (entry.about!.title ?? entry.about!.name)} {entry.address && <span className={styles.quiet}>{t("audit.from", { address: entry.address })}</span>}</>;
  }
  const detail = entry.detail as Record<string, unknown>;
  if (typeof detail.release === "number") return <span className="num">#{detail.release}</span>;
  return <>{String(detail.name ?? detail.delivery ?? detail.draft ?? "")}</>;
}
