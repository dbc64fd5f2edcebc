/** Cards on their way to another column: shown there at once, and put back when the server refuses. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/lib/keys";
import { errorText } from "@/lib/problems";
import { records } from "@/lib/records";
import type { AppEntity, AppField, WireRecord } from "@/lib/wire";
import { titleOf } from "@/fields/titles";
import { optionText } from "@/fields/select/type";
import { toasts } from "@/ui/toasts";

export interface Refusal {
  record: WireRecord;
  to: string | null;
  why: string;
  /** Where it may go instead, where only some places are open. */
  open: readonly string[];
}

export interface Moves {
  /** Cards that are being moved, by id. */
  under: ReadonlyMap<number, { record: WireRecord; to: string | null }>;
  move: (record: WireRecord, to: string | null) => void;
  /** Whether the offer says that a card may go there; the server has the last word. */
  mayGo: (record: WireRecord, to: string | null) => boolean;
  canMove: boolean;
  refusal: Refusal | null;
  forget: () => void;
}

const NONE: Moves["under"] = new Map();

export function useMoves(entity: AppEntity, field: AppField | undefined): Moves {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [under, setUnder] = useState(NONE);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const name = field?.name ?? "";
  const states = entity.states?.field === name ? entity.states : null;
  const openFor = useCallback(
    (record: WireRecord): string[] | null => states && states.transitions.filter((each) => each.from === record[name]).map((each) => each.to),
    [states, name],
  );
  const move = async (record: WireRecord, to: string | null) => {
    if (!field || (record[name] ?? null) === to || under.has(record.id)) return;
    setRefusal(null);
    setUnder((now) => new Map(now).set(record.id, { record, to }));
    try {
      await records.update(entity.name, record.ref, { [name]: to });
      const from = record[name] ?? null;
      const back = { label: t("action.undo"), run: () => void move({ ...record, [name]: to }, typeof from === "string" ? from : null) };
      // A state has its ways: what may not go back is not offered to.
      const canGoBack = !states || states.transitions.some((each) => each.from === to && each.to === from);
      toasts.show(t("looks.moved", { name: titleOf(entity, record), to: to === null ? t("looks.no_value") : optionText(to, field) }), canGoBack ? back : undefined);
    } catch (error) {
      setRefusal({ record, to, why: errorText(error), open: openFor(record) ?? [] });
    }
    await client.invalidateQueries({ queryKey: keys.entity(entity.name) });
    setUnder((now) => new Map([...now].filter(([id]) => id !== record.id)));
  };
  return {
    under,
    move: (record, to) => void move(record, to),
    mayGo: (record, to) => record[name] === to || (openFor(record)?.includes(to ?? "") ?? true),
    canMove: Boolean(field && !field.read_only && entity.may.update),
    refusal,
    forget: () => setRefusal(null),
  };
}
