import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import type { ListColumn } from "./columns";
import styles from "./ListFooter.module.css";

/** What the footer sums: columns whose view says so, else amounts. */
export function foldsOf(columns: readonly ListColumn[]): { id: string; column: ListColumn; fold: string; measure: string }[] {
  const folded = columns.filter((column) => column.view?.fold && column.path);
  const summed = columns.filter((column) => column.path && column.type?.isSummed && column.field && sums(column));
  return (folded.length ? folded : summed).slice(0, 4).map((column, place) => {
    const fold = column.view?.fold || "sum";
    return { id: `s${place}`, column, fold, measure: `${fold}:${column.path}` };
  });
}

/** Numbers of which the sum says something: amounts and balances, no counters of versions or years. */
function sums(column: ListColumn): boolean {
  const type = column.field!.type;
  return type === "money" || type === "balance" || type === "rollup" || type === "decimal" || (type === "formula" && column.canSort);
}

/** Count and sums of the whole filter, not of the page. */
export function ListFooter({ count, whole, figures, folds }: {
  count: number | undefined;
  /** How many there are without any filter, where that is something else. */
  whole: number | undefined;
  figures: Readonly<Record<string, string | number | null>>;
  folds: ReturnType<typeof foldsOf>;
}) {
  const { t } = useTranslation();
  const labels = { sum: "list.sum", avg: "list.avg", min: "list.min", max: "list.max", count: "list.fold_count" } as const;
  return (
    <footer className={`${styles.footer} num`} aria-live="polite">
      {count !== undefined && <b>{t("list.count", { count, formatted: formatNumber(count) })}</b>}
      {whole !== undefined && whole !== count && <span>{t("list.of", { formatted: formatNumber(whole) })}</span>}
      {folds.map(({ id, column, fold }) => {
        const value = figures[id];
        if (value === null || value === undefined) return null;
        const text = column.type?.text(value, column.field!, {}) ?? formatNumber(value);
        return (
          <span key={id} className={styles.figure}>
            {t(labels[fold as keyof typeof labels] ?? "list.sum", { label: column.label })} <b>{text}</b>
          </span>
        );
      })}
    </footer>
  );
}
