import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Kbd } from "@/ui/Kbd";
import styles from "./BulkBar.module.css";
import type { Selection } from "./selection";

/** Floats over the footer while rows are checked: how many, what can be done with them, and the way to all of them. */
export function BulkBar({ selection, loaded, total, children }: {
  selection: Selection;
  loaded: readonly number[];
  /** How many the filter finds in all. */
  total: number | undefined;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const count = selection.isAll ? (total ?? loaded.length) : selection.ids.size;
  if (count === 0) return null;
  const canTakeAll = !selection.isAll && total !== undefined && total > count && selection.stateOf(loaded) === true;
  return (
    <div className={styles.place}>
      <div className={styles.bar} role="toolbar" aria-label={t("list.selected", { count })}>
        <b className="num">{selection.isAll ? t("list.all_selected", { formatted: formatNumber(count) }) : t("list.selected", { count })}</b>
        {canTakeAll && (
          <Button kind="link" small onClick={selection.takeAll}>{t("list.select_all", { formatted: formatNumber(total) })}</Button>
        )}
        <span className={styles.rule} />
        {children}
        <span className={styles.rule} />
        <IconButton icon={X} size={14} label={t("action.clear")} onClick={selection.clear} placement="top" />
        <Kbd keys="escape" />
      </div>
    </div>
  );
}
