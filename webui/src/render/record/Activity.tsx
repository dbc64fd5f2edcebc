import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { isBlank } from "@/fields/fieldType";
import { send } from "@/lib/api";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { usePersonName } from "@/lib/people";
import { listText } from "@/lib/problems";
import type { AppEntity, Json } from "@/lib/wire";
import { AvatarTile } from "@/ui/AvatarTile";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import styles from "./Activity.module.css";

interface Entry {
  id: number;
  at: string;
  actor_id: number;
  actor: string;
  verb: string;
  changes: Record<string, [Json, Json]>;
  lines: Record<string, { added: number; removed: number; changed: number }>;
}

interface Page {
  data: Entry[];
  next: number | null;
}

const VERBS: Record<string, "record.history_create" | "record.history_update" | "record.history_delete" | "record.history_restore"> = {
  created: "record.history_create", updated: "record.history_update", deleted: "record.history_delete", restored: "record.history_restore",
};

/** Who changed what and when, the latest first. */
export function Activity({ entity, recordKey }: { entity: AppEntity; recordKey: string }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: keys.history(entity.name, recordKey),
    queryFn: async ({ pageParam, signal }) =>
      (await send<Page>("GET", `/api/v1/${entity.name}/${recordKey}/history`, { query: { before: pageParam || undefined, limit: 30 }, signal })).data,
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
  });
  if (query.isPending) return <SkeletonRows rows={4} rowHeight={44} />;
  if (query.isError) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  const entries = query.data.pages.flatMap((page) => page.data);
  if (entries.length === 0) return <p className={styles.none}>{t("record.history_none")}</p>;
  return (
    <>
      <ol className={styles.list}>
        {entries.map((entry) => <HistoryEntry key={entry.id} entity={entity} entry={entry} />)}
      </ol>
      {query.hasNextPage && (
        <Button small busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("record.history_more")}</Button>
      )}
    </>
  );
}

function HistoryEntry({ entity, entry }: { entity: AppEntity; entry: Entry }) {
  const { t } = useTranslation();
  const name = usePersonName(entry.actor_id) || (entry.actor_id > 0 ? entry.actor : t("record.system"));
  const fields = Object.keys(entry.changes).flatMap((key) => entity.fields.find((field) => field.name === key) ?? []);
  const lines = Object.keys(entry.lines).flatMap((key) => entity.fields.find((field) => field.name === key) ?? []);
  const isNew = entry.verb === "created";
  return (
    <li className={styles.entry}>
      <AvatarTile name={name} identity={entry.actor_id} size={24} />
      <div className={styles.body}>
        <p>
          <b>{name}</b> {isNew ? t("record.created") : t(VERBS[entry.verb] ?? "record.history_update")}{" "}
          {!isNew && listText([...fields, ...lines].map((field) => labelText(field.label)))}
        </p>
        {!isNew && fields.map((field) => {
          const [before, after] = entry.changes[field.name]!;
          return (
            <p key={field.uid} className={styles.change}>
              <span className={styles.label}>{labelText(field.label)}</span>
              {!isBlank(before) && <del className={styles.before}><ValueDisplay field={field} value={before} place="row" /></del>}
              <span className={styles.after}>{isBlank(after) ? t("state.empty") : <ValueDisplay field={field} value={after} place="row" />}</span>
            </p>
          );
        })}
        {!isNew && lines.map((field) => {
          const { added, removed, changed } = entry.lines[field.name]!;
          return (
            <p key={field.uid} className={styles.change}>
              <span className={styles.label}>{labelText(field.label)}</span>
              <span className="num">{[added && `+${added}`, removed && `−${removed}`, changed && `~${changed}`].filter(Boolean).join(" ")}</span>
            </p>
          );
        })}
      </div>
      <time className={`${styles.at} num`} dateTime={entry.at} title={formatInstant(entry.at, { seconds: true })}>{formatInstant(entry.at, { brief: true })}</time>
    </li>
  );
}
