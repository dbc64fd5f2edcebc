import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { expandedOf, titleOf } from "@/fields/titles";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { formatNumber } from "@/lib/formats";
import { keys } from "@/lib/keys";
import { type ListAsked, records } from "@/lib/records";
import type { WireRecord } from "@/lib/wire";
import { allOf } from "@/render/list/conditions";
import { valueAt } from "@/render/list/GridCell";
import { useRows } from "@/render/list/useRows";
import { Button } from "@/ui/Button";
import { Counter } from "@/ui/Counter";
import { cx } from "@/ui/cx";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { isNothing, type LookProps, type Shown } from "./look";
import styles from "./Looks.module.css";

interface LevelProps extends LookProps {
  shown: readonly Shown[];
  asked: ListAsked;
  /** The record that these stand below; null: the topmost ones; undefined: all, flat. */
  under: WireRecord | null | undefined;
  level: number;
  expanded: ReadonlySet<number>;
  onToggle: (id: number, on: boolean) => void;
}

/** The records directly below one, with how many each has below itself; asked for when it is opened. */
export function TreeLevel(props: LevelProps) {
  const { entity, layout, asked, under, level, expanded } = props;
  const { t } = useTranslation();
  const { parent } = layout;
  const place = under === undefined ? "" : under === null ? `ISBLANK(${parent})` : `${parent}.id = ${under.id}`;
  const query = useRows(entity.name, { ...asked, filter: allOf([asked.filter, place]) });
  const { rows } = query;
  const ids = rows.map((row) => row.id);
  const below = useQuery({
    queryKey: keys.sums(entity.name, { below: parent, ids, filter: asked.filter }),
    queryFn: ({ signal }) => records.aggregate(entity.name, { n: "count" }, allOf([asked.filter, `IN(${parent}.id, ${ids.join(", ")})`]), `value:${parent}`, signal),
    enabled: under !== undefined && ids.length > 0,
    placeholderData: (before) => before,
  });
  const countOf = (id: number) => Number(below.data?.find((row) => row.value === id)?.n ?? 0);
  if (query.isError) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <SkeletonRows rows={level === 1 ? 8 : 2} rowHeight={36} />;
  return (
    <>
      {rows.map((row, index) => {
        const count = countOf(row.id);
        const isOpen = expanded.has(row.id) && count > 0;
        return (
          <div key={row.id} role="none">
            <TreeLine {...props} record={row} count={count} isOpen={isOpen} isFirst={level === 1 && index === 0} />
            {isOpen && <div role="group"><TreeLevel {...props} under={row} level={level + 1} /></div>}
          </div>
        );
      })}
      {query.hasNextPage && (
        <Button kind="text" small busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("looks.load_more")}</Button>
      )}
    </>
  );
}

function TreeLine({ entity, layout, record, shown, level, count, isOpen, isFirst, open, under, onOpen, onToggle }: LevelProps & {
  record: WireRecord;
  count: number;
  isOpen: boolean;
  isFirst: boolean;
}) {
  const { t } = useTranslation();
  const above = expandedOf(record[layout.parent]);
  const way = under === undefined ? [expandedOf(above?.[layout.parent]), above].flatMap((each) => (each ? [titleOf(entity, each)] : [])) : [];
  const title = titleOf(entity, record);
  return (
    <div
      role="treeitem"
      tabIndex={isFirst ? 0 : -1}
      aria-level={level}
      aria-expanded={count > 0 ? isOpen : undefined}
      aria-selected={open === record.ref}
      data-id={record.id}
      className={cx(styles.line, open === record.ref && styles.current)}
      style={{ paddingLeft: 16 + (level - 1) * 24 }}
      onClick={() => onOpen(record)}
      onDoubleClick={() => onOpen(record, "page")}
    >
      <span
        className={cx(styles.twist, isOpen && styles.open, count === 0 && styles.leaf)}
        aria-hidden
        title={t(isOpen ? "looks.fold" : "looks.unfold")}
        onDoubleClick={(event) => event.stopPropagation()}
        onClick={(event) => {
          event.stopPropagation();
          if (count > 0) onToggle(record.id, !isOpen);
        }}
      >
        <ChevronRight size={15} strokeWidth={1.75} />
      </span>
      <span className={styles.lineTitle}>
        {way.length > 0 && <span className={styles.way}>{way.join(" / ")} / </span>}
        {title}
      </span>
      {count > 0 && <Counter>{formatNumber(count)}</Counter>}
      {shown.filter(({ path }) => !isNothing(record, path)).map(({ path, field }) => {
        const { value, holder } = valueAt(record, path);
        return <span key={path} className={`${styles.lineValue} num`}><ValueDisplay field={field} value={value} record={holder} place="row" /></span>;
      })}
    </div>
  );
}
