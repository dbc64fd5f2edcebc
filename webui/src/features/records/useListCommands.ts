import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Command, useCommands } from "@/lib/shortcuts";
import type { AppEntity, WireRecord } from "@/lib/wire";
import type { Selection } from "@/render/list/selection";

interface Doing {
  entity: AppEntity;
  /** Index of the current row, -1 for none. */
  at: number;
  rows: readonly WireRecord[];
  selection: Selection;
  step: (by: number) => void;
  open: (index: number, how: "beside" | "page" | "tab") => void;
  find: () => void;
  addFilter: () => void;
  create: () => void;
  edit: (index: number) => void;
}

/** The keys of a list. */
export function useListCommands(doing: Doing): void {
  const { t } = useTranslation();
  const now = useRef(doing);
  useEffect(() => {
    now.current = doing;
  });
  const { create, update } = doing.entity.may;
  const commands = useMemo<Command[]>(() => {
    const group = t("keys.list");
    const quiet = { group, isQuiet: true } as const;
    const hasRow = () => now.current.at >= 0 && now.current.at < now.current.rows.length;
    const check = () => {
      const { selection, rows, at } = now.current;
      selection.toggle(rows[at]!.id, at, rows.map((row) => row.id));
    };
    const all: Command[] = [
      { ...quiet, id: "list.next", label: t("keys.next"), keys: ["j", "down"], run: () => now.current.step(1) },
      { ...quiet, id: "list.previous", label: t("keys.previous"), keys: ["k", "up"], run: () => now.current.step(-1) },
      { ...quiet, id: "list.check", label: t("keys.check"), keys: "x", can: hasRow, run: check },
      { ...quiet, id: "list.beside", label: t("keys.beside"), keys: "space", can: hasRow, run: () => now.current.open(now.current.at, "beside") },
      { ...quiet, id: "list.open", label: t("keys.open"), keys: "enter", can: hasRow, run: () => now.current.open(now.current.at, "page") },
      { group, id: "list.filter", label: t("keys.filter"), keys: "f", run: () => now.current.addFilter() },
      { group, id: "list.find", label: t("keys.find"), keys: "/", run: () => now.current.find() },
      { ...quiet, id: "list.clear", label: t("action.clear"), keys: "escape", can: () => now.current.selection.isAll || now.current.selection.ids.size > 0, run: () => now.current.selection.clear() },
    ];
    if (update) all.push({ ...quiet, id: "list.edit", label: t("keys.edit"), keys: "e", can: hasRow, run: () => now.current.edit(now.current.at) });
    if (create) all.push({ group, id: "list.new", label: t("keys.new"), keys: "c", run: () => now.current.create() });
    return all;
  }, [t, create, update]);
  useCommands(commands);
}
