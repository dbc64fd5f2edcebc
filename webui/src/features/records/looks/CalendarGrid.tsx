import { Popover } from "antd";
import { useRef, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { titleOf } from "@/fields/titles";
import { dayAfter } from "@/fields/literals";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { formatDate, today } from "@/lib/formats";
import { currentLanguage } from "@/lib/i18n";
import { usePhone } from "@/lib/media";
import type { AppEntity, WireRecord } from "@/lib/wire";
import { valueAt } from "@/render/list/GridCell";
import { cx } from "@/ui/cx";
import { type Entry, monthAfter, type Span } from "./days";
import { isNothing, type Shown } from "./look";
import styles from "./Looks.module.css";

const IN_MONTH = 3;
const IN_WEEK = 40;

/** Weeks of days with their entries. Arrows walk the days, Page Up and Down the months. */
export function CalendarGrid({ entity, days, day, span, found, shown, open, onOpen, onDay }: {
  entity: AppEntity;
  days: readonly string[];
  day: string;
  span: Span;
  found: ReadonlyMap<string, readonly Entry<WireRecord>[]>;
  shown: readonly Shown[];
  open: string;
  onOpen: (record: WireRecord) => void;
  onDay: (day: string) => void;
}) {
  const { t } = useTranslation();
  const isPhone = usePhone();
  const grid = useRef<HTMLDivElement>(null);
  const weekday = new Intl.DateTimeFormat(currentLanguage(), { weekday: "short", timeZone: "UTC" });
  const weeks = Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
  const most = span === "week" ? IN_WEEK : IN_MONTH;
  const walk = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget) return;
    const steps: Record<string, string> = {
      ArrowLeft: dayAfter(day, -1), ArrowRight: dayAfter(day, 1), ArrowUp: dayAfter(day, -7), ArrowDown: dayAfter(day, 7),
      PageUp: span === "week" ? dayAfter(day, -7) : monthAfter(day, -1), PageDown: span === "week" ? dayAfter(day, 7) : monthAfter(day, 1),
      Home: today(),
    };
    const next = steps[event.key];
    if (event.key === "Enter") event.currentTarget.querySelector<HTMLElement>("button")?.focus();
    else if (next) {
      onDay(next);
      requestAnimationFrame(() => grid.current?.querySelector<HTMLElement>(`[data-day="${next}"]`)?.focus());
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={grid} className={cx(styles.calendar, span === "week" && styles.week)} role="grid" aria-label={t("looks.calendar")}>
      <div role="row" className={styles.weekRow}>
        {days.slice(0, 7).map((each) => <div key={each} role="columnheader" className={styles.weekday}>{weekday.format(new Date(`${each}T00:00:00Z`))}</div>)}
      </div>
      {weeks.map((week) => (
        <div key={week[0]} role="row" className={styles.weekRow}>
          {week.map((each) => {
            const entries = found.get(each) ?? [];
            const isOther = span === "month" && each.slice(0, 7) !== day.slice(0, 7);
            return (
              <div
                key={each}
                role="gridcell"
                data-day={each}
                tabIndex={each === day ? 0 : -1}
                aria-selected={each === day}
                className={cx(styles.day, isOther && styles.other, each === today() && styles.today, each === day && styles.chosen)}
                onKeyDown={walk}
                onClick={(event) => (event.target === event.currentTarget || isPhone) && onDay(each)}
              >
                <span className="visually-hidden">{t("looks.day", { day: formatDate(each), count: entries.length })}</span>
                <span className={`${styles.number} num`} aria-hidden>{Number(each.slice(8))}</span>
                {isPhone && span === "month" ? (
                  entries.length > 0 && <span className={styles.dots} aria-hidden>{entries.length > 99 ? "99+" : entries.length}</span>
                ) : (
                  <>
                    {entries.slice(0, most).map((entry) => <EntryLine key={entry.record.id} entity={entity} entry={entry} day={each} shown={shown} isOpen={open === entry.record.ref} onOpen={onOpen} />)}
                    {entries.length > most && (
                      <Popover
                        trigger="click"
                        destroyOnHidden
                        content={
                          <div className={styles.allOfDay} role="dialog" aria-label={formatDate(each)}>
                            {entries.map((entry) => <EntryLine key={entry.record.id} entity={entity} entry={entry} day={each} shown={shown} isOpen={open === entry.record.ref} onOpen={onOpen} />)}
                          </div>
                        }
                      >
                        <button type="button" className={styles.rest}>{t("looks.rest", { count: entries.length - most })}</button>
                      </Popover>
                    )}
                  </>
                )}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}

function EntryLine({ entity, entry, day, shown, isOpen, onOpen }: {
  entity: AppEntity;
  entry: Entry<WireRecord>;
  day: string;
  shown: readonly Shown[];
  isOpen: boolean;
  onOpen: (record: WireRecord) => void;
}) {
  const { record, from, to } = entry;
  return (
    <button
      type="button"
      className={cx(styles.entry, isOpen && styles.current, day > from && styles.goesOn, day < to && styles.goesFar)}
      onClick={() => onOpen(record)}
    >
      <span className={styles.entryTitle}>{titleOf(entity, record)}</span>
      {shown.filter(({ path }) => !isNothing(record, path)).map(({ path, field }) => {
        const { value, holder } = valueAt(record, path);
        return <span key={path} className={`${styles.entryValue} num`}><ValueDisplay field={field} value={value} record={holder} place="row" /></span>;
      })}
    </button>
  );
}
