import { Checkbox, Popover, Segmented } from "antd";
import { ArrowDown, ArrowUp, Columns3 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import type { ListColumn } from "./columns";
import styles from "./ColumnsMenu.module.css";

export type Density = "compact" | "normal" | "comfortable";
export const ROW_HEIGHTS: Record<Density, number> = { compact: 32, normal: 36, comfortable: 44 };

/** Which columns are shown and in which order, and how high the rows are. */
export function ColumnsMenu({ all, shown, onShown, onReset, density, onDensity }: {
  all: readonly ListColumn[];
  shown: readonly string[];
  onShown: (ids: readonly string[]) => void;
  onReset?: () => void;
  density: Density;
  onDensity: (density: Density) => void;
}) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const byId = new Map(all.map((column) => [column.id, column]));
  const listed = [...shown.flatMap((id) => byId.get(id) ?? []), ...all.filter((column) => !shown.includes(column.id))];
  const move = (id: string, step: number) => {
    const next = shown.filter((each) => each !== id);
    next.splice(shown.indexOf(id) + step, 0, id);
    onShown(next);
  };
  const content = (
    <div className={styles.menu} role="dialog" aria-label={t("list.columns")}>
      <ul className={styles.list}>
        {listed.map((column) => {
          const at = shown.indexOf(column.id);
          return (
            <li key={column.id} className={styles.line}>
              <Checkbox
                checked={at >= 0}
                disabled={at >= 0 && shown.length === 1}
                onChange={({ target }) => onShown(target.checked ? [...shown, column.id] : shown.filter((id) => id !== column.id))}
              >
                {column.label}
              </Checkbox>
              {at >= 0 && (
                <span className={styles.moves}>
                  <IconButton icon={ArrowUp} size={13} label={t("list.move_left")} disabled={at === 0} onClick={() => move(column.id, -1)} />
                  <IconButton icon={ArrowDown} size={13} label={t("list.move_right")} disabled={at === shown.length - 1} onClick={() => move(column.id, 1)} />
                </span>
              )}
            </li>
          );
        })}
      </ul>
      <div className={styles.density}>
        <span>{t("list.density")}</span>
        <Segmented<Density>
          size="small"
          value={density}
          onChange={onDensity}
          options={(["compact", "normal", "comfortable"] as const).map((value) => ({ value, label: t(`list.${value}`) }))}
        />
      </div>
      {onReset && <Button kind="text" small onClick={onReset}>{t("list.reset_columns")}</Button>}
    </div>
  );
  return (
    <Popover open={isOpen} onOpenChange={setOpen} trigger="click" placement="bottomRight" destroyOnHidden content={content}>
      <IconButton icon={Columns3} label={t("list.columns")} aria-haspopup="dialog" aria-expanded={isOpen} />
    </Popover>
  );
}
