import { Dropdown, type MenuProps } from "antd";
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, EyeOff, Pin, PinOff } from "lucide-react";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { ListColumn } from "@/render/list/columns";
import type { ListState } from "@/render/list/useListState";

const small = { size: 14, strokeWidth: 1.75 } as const;

/** What a right click on a column's head offers. */
export function columnMenu({ t, column, ids, pinned, state, onSort, onMove }: {
  t: TFunction;
  column: ListColumn;
  ids: readonly string[];
  pinned: number;
  sort: readonly string[];
  state: ListState;
  onSort: (column: ListColumn, direction: "asc" | "desc" | "none") => void;
  onMove: (id: string, before: string | null) => void;
}): ReactNode {
  const at = ids.indexOf(column.id);
  const isPinned = at < pinned;
  const items: MenuProps["items"] = [
    { key: "asc", label: t("list.sort_asc"), icon: <ArrowUp {...small} />, disabled: !column.canSort },
    { key: "desc", label: t("list.sort_desc"), icon: <ArrowDown {...small} />, disabled: !column.canSort },
    { type: "divider" },
    { key: "left", label: t("list.move_left"), icon: <ArrowLeft {...small} />, disabled: at <= 0 },
    { key: "right", label: t("list.move_right"), icon: <ArrowRight {...small} />, disabled: at === ids.length - 1 },
    { key: "pin", label: isPinned ? t("list.unfreeze") : t("list.freeze"), icon: isPinned ? <PinOff {...small} /> : <Pin {...small} /> },
    { key: "hide", label: t("list.hide"), icon: <EyeOff {...small} />, disabled: ids.length === 1 },
  ];
  const run: Record<string, () => void> = {
    asc: () => onSort(column, "asc"),
    desc: () => onSort(column, "desc"),
    left: () => onMove(column.id, ids[at - 1]!),
    right: () => onMove(column.id, ids[at + 2] ?? null),
    pin: () => state.setPinned(isPinned ? at : at + 1),
    hide: () => state.setColumns(ids.filter((id) => id !== column.id)),
  };
  return <Dropdown trigger={["contextMenu"]} menu={{ items, onClick: ({ key }) => run[key]?.() }} />;
}
