import { Segmented, Tooltip } from "antd";
import { CalendarDays, Images, ListTree, type LucideIcon, SquareKanban, Table2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { AppView } from "@/lib/wire";

export type Look = AppView["opens_as"];

const ICONS: Record<Look, LucideIcon> = { table: Table2, kanban: SquareKanban, calendar: CalendarDays, gallery: Images, tree: ListTree };

/** The look that the address asks for, else the one that the view begins with. */
export function lookOf(view: AppView | undefined, wanted: string): Look {
  if (!view) return "table";
  const known = wanted === "table" || view.layouts.some((layout) => layout.as === wanted);
  return known ? (wanted as Look) : view.opens_as;
}

/** Table, board, calendar, pictures or tree: those that the view declares. */
export function LookSwitch({ view, look, onLook }: { view: AppView | undefined; look: Look; onLook: (look: Look) => void }) {
  const { t } = useTranslation();
  if (!view || view.layouts.length === 0) return null;
  const looks: Look[] = ["table", ...view.layouts.map((layout) => layout.as)];
  return (
    <Segmented<Look>
      size="small"
      aria-label={t("looks.switch")}
      value={look}
      onChange={onLook}
      options={looks.map((each) => {
        const Icon = ICONS[each];
        return {
          value: each,
          label: <Tooltip title={t(`looks.${each}`)}><span style={{ display: "inline-flex", alignItems: "center", height: 24 }}><Icon size={15} strokeWidth={1.75} aria-hidden /><span className="visually-hidden">{t(`looks.${each}`)}</span></span></Tooltip>,
        };
      })}
    />
  );
}
