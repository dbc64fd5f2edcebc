import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { addressOf, send } from "@/lib/api";
import { currentLanguage, inText, labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import type { AppView } from "@/lib/wire";
import { formatted } from "@/render/list/GridCell";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { PageBar } from "@/ui/PageBar";
import { SkeletonRows } from "@/ui/Skeleton";
import styles from "./ViewRows.module.css";

interface Page {
  data: Record<string, unknown>[];
  next: number | null;
}

/** A view whose rows are no records: decisions, holders, days, totals. */
export function ViewRows({ app: name, view }: { app: string; view: AppView }) {
  const { t } = useTranslation();
  const { apps } = useOffer();
  const query = useInfiniteQuery({
    queryKey: ["view", view.name],
    queryFn: async ({ pageParam, signal }) =>
      (await send<Page>("GET", `/api/v1/views/${view.name}`, { query: { offset: pageParam, limit: 200 }, signal })).data,
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });
  const columns = view.columns.filter((column) => !column.is_hidden);
  const rows = query.data?.pages.flatMap((page) => page.data) ?? [];
  const isRight = (kind: string) => kind === "number";
  const language = currentLanguage() === "en" ? "en" : "zh";
  return (
    <>
      <PageBar crumbs={[{ text: labelText(apps.find((each) => each.name === name)?.label), to: `/a/${name}` }, { text: labelText(view.label) }]}>
        <Button icon={<Download />} onClick={() => window.location.assign(addressOf(`/api/v1/views/${view.name}.xlsx`, { language }))}>
          {t("list.export_xlsx")}
        </Button>
      </PageBar>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={labelText(view.label)}>
        {query.isError ? (
          <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
        ) : query.isPending ? (
          <SkeletonRows rows={12} />
        ) : rows.length === 0 ? (
          <EmptyState title={t("list.empty", { what: inText(view.label) })}>{t("list.empty_read")}</EmptyState>
        ) : (
          <table className={styles.table}>
            <thead>
              <tr>{columns.map((column) => <th key={column.uid} className={isRight(column.kind) ? styles.right : undefined}>{labelText(column.label)}</th>)}</tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  {columns.map((column) => (
                    <td key={column.uid} className={isRight(column.kind) ? `${styles.right} num` : undefined}>{formatted(row[column.name], column)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {query.hasNextPage && (
          <div className={styles.more}>
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("record.history_more")}</Button>
          </div>
        )}
      </div>
    </>
  );
}
