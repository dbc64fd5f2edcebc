import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { isBlank } from "@/fields/fieldType";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import type { Json } from "@/lib/wire";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonForm } from "@/ui/Skeleton";
import { auditApi, auditKeys, type Change, type Entry } from "./auditApi";
import styles from "./AuditPage.module.css";

/** What an entry says: fields before and after, lines that came and went, or its detail. */
export function EntryDetails({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const isChange = entry.id.startsWith("c");
  const { data, error, isLoading, refetch } = useQuery({ queryKey: auditKeys.one(entry.id), queryFn: ({ signal }) => auditApi.one(entry.id, signal), enabled: isChange, staleTime: Infinity });
  const detail = isChange ? (data?.detail as Record<string, Json> | undefined) : (entry.detail as Record<string, Json>);
  const facts = Object.entries(detail ?? {}).filter(([, value]) => value !== null && value !== "");
  const isEmpty = facts.length === 0 && (data?.changes.length ?? 0) === 0 && (data?.lines.length ?? 0) === 0;
  return (
    <div className={styles.details}>
      {isLoading && <SkeletonForm fields={2} />}
      {error && <ErrorBlock error={error} onRetry={() => void refetch()} />}
      {data && !data.is_intact && <Note tone="err">{t("audit.tampered")}</Note>}
      {data && data.changes.length > 0 && (
        <table className={styles.changes}>
          <thead><tr><th scope="col">{t("audit.field")}</th><th scope="col">{t("audit.before")}</th><th scope="col">{t("audit.after")}</th></tr></thead>
          <tbody>
            {data.changes.map((change) => (
              <tr key={change.field}>
                <th scope="row">{labelText(change.label)}</th>
                <td><Value entity={entry.entity} change={change} value={change.before} isOld /></td>
                <td><Value entity={entry.entity} change={change} value={change.after} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {data?.lines.map((lines) => (
        <p key={lines.field}>
          <b>{labelText(lines.label)}</b>{" "}
          {(["added", "removed", "changed"] as const).filter((part) => lines[part].length > 0).map((part) => t(`audit.lines_${part}`, { count: lines[part].length })).join(" · ")}
        </p>
      ))}
      {facts.length > 0 && <pre className={`mono ${styles.facts}`}>{facts.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n")}</pre>}
      {(!isChange || data) && isEmpty && <p className={styles.quiet}>{t("audit.nothing")}</p>}
      <p className={styles.quiet}>{entry.release !== null && <>{t("audit.release", { number: entry.release })} · </>}<span className="mono">{t("audit.request", { id: entry.request })}</span></p>
    </div>
  );
}

/** A value as its field shows it; names of people and records come with the answer. */
function Value({ entity, change, value, isOld = false }: { entity: string | null; change: Change; value: Json; isOld?: boolean }) {
  const offer = useOffer();
  const field = entity ? offer.entity(entity)?.fields.find((each) => each.name === change.field) : undefined;
  if (isBlank(value)) return <span className={styles.quiet}>–</span>;
  const named = titlesOf(value);
  const text = named ?? (field ? <ValueDisplay field={field} value={value} place="row" /> : typeof value === "string" ? value : JSON.stringify(value));
  return isOld ? <del className={styles.old}>{text}</del> : <>{text}</>;
}

const titlesOf = (value: Json): string | null => {
  const one = (each: Json) => (each && typeof each === "object" && !Array.isArray(each) && "title" in each ? String(each.title ?? `#${String(each.id)}`) : null);
  if (Array.isArray(value)) {
    const all = value.map(one);
    return all.length > 0 && all.every((each) => each !== null) ? all.join(", ") : null;
  }
  return one(value);
};
