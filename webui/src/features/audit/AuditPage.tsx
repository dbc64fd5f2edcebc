import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { fromWall } from "@/lib/formats";
import { withValue } from "@/lib/url";
import { AdminPage } from "@/render/admin/AdminPage";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { type Asked, auditApi, auditKeys } from "./auditApi";
import { AuditFilters, type Chosen, SPANS } from "./AuditFilters";
import styles from "./AuditPage.module.css";
import { EntryLine } from "./EntryLine";

const HOUR_MS = 3_600_000;
const NAMES = ["kind", "person", "entity", "record", "time", "from", "to"] as const;

/** From when on, for a span that is chosen: whole hours, so that the question stays the same for a while. */
const sinceOf = (hours: number): string => new Date(Math.floor(Date.now() / HOUR_MS - hours) * HOUR_MS).toISOString();

/** Who changed what and when, the latest first: filtered, page by page, each with what it said before. */
export function AuditPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const chosen = Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? ""])) as unknown as Chosen;
  const set = (changes: Partial<Chosen>) =>
    setParams((before) => Object.entries(changes).reduce((all, [name, value]) => withValue(all, name, value ? [value] : []), before), { replace: true });
  const { kind, person, entity, record, time, from, to } = chosen;
  const asked = useMemo<Asked>(() => {
    const span = SPANS[time as keyof typeof SPANS];
    const isOwn = time === "own";
    return {
      kind, person, entity, record,
      since: span ? sinceOf(span) : isOwn && from ? fromWall(`${from}T00:00:00`) : "",
      until: isOwn && to ? fromWall(`${to}T23:59:59`) : "",
    };
  }, [kind, person, entity, record, time, from, to]);
  const list = useInfiniteQuery({
    queryKey: auditKeys.list(asked),
    queryFn: ({ pageParam, signal }) => auditApi.page(asked, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const isNarrowed = NAMES.some((name) => chosen[name]);
  return (
    <AdminPage at="audit" actions={<Button icon={<Download />} href={auditApi.file(asked)}>{t("audit.export")}</Button>}>
      <AuditFilters chosen={chosen} onChange={set} />
      {list.isPending && <SkeletonRows rowHeight={44} />}
      {list.isError && <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && !list.hasNextPage && (
        <EmptyState title={t("audit.none")} actions={isNarrowed && <Button onClick={() => set(Object.fromEntries(NAMES.map((name) => [name, ""])))}>{t("audit.clear")}</Button>}>{t("audit.none_text")}</EmptyState>
      )}
      {rows.length > 0 && <ol className={styles.list}>{rows.map((entry) => <EntryLine key={entry.id} entry={entry} />)}</ol>}
      {list.hasNextPage && <div><Button kind="text" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("admin.more")}</Button></div>}
    </AdminPage>
  );
}
