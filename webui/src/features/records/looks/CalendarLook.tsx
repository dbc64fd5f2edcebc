import { Segmented } from "antd";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { titleOf } from "@/fields/titles";
import { dayAfter } from "@/fields/literals";
import { formatDate, formatNumber, fromWall, today, toWall } from "@/lib/formats";
import { currentLanguage } from "@/lib/i18n";
import { usePhone } from "@/lib/media";
import { useOffer } from "@/lib/offer";
import { textCodec, useUrlState } from "@/lib/url";
import type { WireRecord } from "@/lib/wire";
import { allOf } from "@/render/list/conditions";
import { useFigures, useRows } from "@/render/list/useRows";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { IconButton } from "@/ui/IconButton";
import { Note } from "@/ui/Note";
import { CalendarGrid } from "./CalendarGrid";
import { byDay, daysOf, type Entry, monthAfter, type Span } from "./days";
import { CardFields } from "./CardBody";
import { askedForCards, type LookProps, shownOf } from "./look";
import styles from "./Looks.module.css";

const PAGE = 200;
const MOST = 800;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const dayCodec = textCodec();
const spanCodec = textCodec("month");

/** Records by their day, or over their days: a month or a week of them. */
export function CalendarLook({ entity, layout, filter, open, onOpen }: LookProps) {
  const { t } = useTranslation();
  const offer = useOffer();
  const isPhone = usePhone();
  const [on, setOn] = useUrlState("on", dayCodec);
  const [spanText, setSpan] = useUrlState("span", spanCodec);
  const span: Span = spanText === "week" ? "week" : "month";
  const day = DAY.test(on) && !Number.isNaN(Date.parse(on)) ? on : today();
  const days = useMemo(() => daysOf(day, span), [day, span]);
  const from = entity.fields.find((field) => field.name === layout.from);
  const isInstant = from?.type === "datetime";
  const shown = useMemo(() => shownOf(offer, entity, layout), [offer, entity, layout]);
  const ranged = allOf([filter, within(layout.from, layout.to, days[0]!, days.at(-1)!, isInstant)]);
  const asked = { filter: ranged, sort: [layout.from], ...askedForCards(entity, shown, [layout.from, layout.to]) };
  const query = useRows(entity.name, asked, PAGE);
  const figures = useFigures(entity.name, { n: "count" }, ranged);
  const { rows, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && rows.length < MOST) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, rows.length]);
  const entries = useMemo(() => rows.map((row) => entryOf(row, layout.from, layout.to, isInstant)), [rows, layout, isInstant]);
  const found = byDay(days, entries);
  const total = typeof figures.data?.n === "number" ? figures.data.n : undefined;
  const goTo = (next: string) => setOn(next === today() ? "" : next, { replace: true });
  const step = (by: number) => goTo(span === "week" ? dayAfter(day, 7 * by) : monthAfter(day, by));
  return (
    <div className={styles.look}>
      <div className={styles.calendarBar}>
        <IconButton icon={ChevronLeft} label={t(span === "week" ? "looks.previous_week" : "looks.previous_month")} onClick={() => step(-1)} />
        <IconButton icon={ChevronRight} label={t(span === "week" ? "looks.next_week" : "looks.next_month")} onClick={() => step(1)} />
        <h2 className={styles.period} aria-live="polite">{periodText(day, days, span)}</h2>
        <Button small onClick={() => goTo(today())}>{t("looks.today")}</Button>
        <span className={styles.spring} />
        {total !== undefined && <span className={styles.told}>{t("looks.in_period", { count: total, formatted: formatNumber(total) })}</span>}
        <Segmented<Span> size="small" value={span} onChange={(next) => setSpan(next)} options={[{ value: "month", label: t("looks.month") }, { value: "week", label: t("looks.week") }]} />
      </div>
      {query.isError && <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />}
      {total !== undefined && hasNextPage && rows.length >= MOST && (
        <div className={styles.note}><Note tone="warn">{t("looks.too_many", { shown: formatNumber(rows.length), all: formatNumber(total) })}</Note></div>
      )}
      <CalendarGrid entity={entity} days={days} day={day} span={span} found={found} shown={shown} open={open} onOpen={onOpen} onDay={goTo} />
      {isPhone && (
        <section className={styles.agenda} aria-label={formatDate(day)}>
          <h3>{formatDate(day)}</h3>
          {(found.get(day) ?? []).length === 0 && <p className={styles.none}>{t("looks.none_here")}</p>}
          <ul>
            {(found.get(day) ?? []).map(({ record }) => (
              <li key={record.id} className={styles.card}>
                <button type="button" className={styles.cardTitle} onClick={() => onOpen(record)}>{titleOf(entity, record)}</button>
                <CardFields record={record} shown={shown} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** The condition that a record touches these days. Days of instants are those of the workspace's zone. */
function within(from: string, to: string, first: string, last: string, isInstant: boolean): string {
  const begin = (day: string) => (isInstant ? `DATETIME('${fromWall(`${day}T00:00:00`)}')` : `DATE(${day.split("-").map(Number).join(", ")})`);
  const [start, end] = [begin(first), begin(dayAfter(last))];
  if (!to) return `${from} >= ${start} AND ${from} < ${end}`;
  return `${from} < ${end} AND (${to} >= ${start} OR (ISBLANK(${to}) AND ${from} >= ${start}))`;
}

function entryOf(record: WireRecord, from: string, to: string, isInstant: boolean): Entry<WireRecord> {
  const dayOf = (value: unknown) => (isInstant ? toWall(String(value)).slice(0, 10) : String(value));
  const first = dayOf(record[from]);
  const last = to && record[to] ? dayOf(record[to]) : first;
  return { record, from: first, to: last < first ? first : last };
}

function periodText(day: string, days: readonly string[], span: Span): string {
  if (span === "week") return `${formatDate(days[0])} – ${formatDate(days.at(-1))}`;
  return new Intl.DateTimeFormat(currentLanguage(), { year: "numeric", month: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}
