/** What a list shows, all of it in the address: conditions, search, order, columns, and the open record. */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { type Codec, listCodec, textCodec, useUrlState, withValue } from "@/lib/url";
import { conditionsCodec, type Condition } from "./conditions";

const text = textCodec();
const noCodec: Codec<number | null> = {
  read: ([value]) => (value && /^\d{1,2}$/.test(value) ? Number(value) : null),
  write: (value) => (value === null ? [] : [String(value)]),
};
const widthsCodec: Codec<Readonly<Record<string, number>>> = {
  read: ([value]) =>
    Object.fromEntries(
      (value ?? "").split(",").flatMap((part) => {
        const [id, width] = part.split(":");
        return id && Number(width) >= 40 && Number(width) <= 1200 ? [[id, Number(width)]] : [];
      }),
    ),
  write: (value) => {
    const parts = Object.entries(value).map(([id, width]) => `${id}:${Math.round(width)}`);
    return parts.length ? [parts.join(",")] : [];
  },
};

/** The parameters that make a view another one than it is by itself. */
const CHANGING = ["f", "where", "q", "sort", "cols", "w", "pin"] as const;

export function useListState() {
  const [params, setParams] = useSearchParams();
  const [conditions, setConditions] = useUrlState<readonly Condition[]>("f", conditionsCodec);
  const [where, setWhere] = useUrlState("where", text);
  const [search, setSearch] = useUrlState("q", text);
  const [sort, setSort] = useUrlState("sort", listCodec);
  const [columns, setColumns] = useUrlState("cols", listCodec);
  const [widths, setWidths] = useUrlState("w", widthsCodec);
  const [pinned, setPinned] = useUrlState("pin", noCodec);
  const [open, setOpen] = useUrlState("open", text);
  const [look, setLook] = useUrlState("as", text);
  const isChanged = CHANGING.some((name) => params.has(name));
  const reset = useCallback(
    () => setParams((before) => CHANGING.reduce((next, name) => withValue(next, name, []), before)),
    [setParams],
  );
  return useMemo(
    () => ({
      conditions, setConditions, where, setWhere, search, setSearch, sort, setSort, columns, setColumns, widths, setWidths,
      pinned, setPinned, open, setOpen, look, setLook, isChanged, reset,
    }),
    [
      conditions, setConditions, where, setWhere, search, setSearch, sort, setSort, columns, setColumns, widths, setWidths,
      pinned, setPinned, open, setOpen, look, setLook, isChanged, reset,
    ],
  );
}

export type ListState = ReturnType<typeof useListState>;
