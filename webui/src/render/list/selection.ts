/** Which rows are checked. all: everything that the filter finds, loaded or not. */
import { useCallback, useMemo, useState } from "react";

export interface Selection {
  ids: ReadonlySet<number>;
  isAll: boolean;
  has: (id: number) => boolean;
  /** shift: from the row that was checked last up to this one. */
  toggle: (id: number, index: number, loaded: readonly number[], shift?: boolean) => void;
  setAll: (loaded: readonly number[], on: boolean) => void;
  takeAll: () => void;
  clear: () => void;
  stateOf: (loaded: readonly number[]) => boolean | "some";
}

const NONE: ReadonlySet<number> = new Set();

export function useSelection(): Selection {
  const [ids, setIds] = useState<ReadonlySet<number>>(NONE);
  const [isAll, setIsAll] = useState(false);
  const [anchor, setAnchor] = useState(-1);
  const toggle = useCallback<Selection["toggle"]>(
    (id, index, loaded, shift = false) => {
      setIsAll(false);
      setIds((before) => {
        const next = new Set(isAll ? loaded : before);
        const on = !next.has(id);
        const from = shift && anchor >= 0 ? Math.min(anchor, index) : index;
        const to = shift && anchor >= 0 ? Math.max(anchor, index) : index;
        for (const each of loaded.slice(from, to + 1)) {
          if (on) next.add(each);
          else next.delete(each);
        }
        return next;
      });
      setAnchor(index);
    },
    [anchor, isAll],
  );
  const setAll = useCallback<Selection["setAll"]>((loaded, on) => {
    setIsAll(false);
    setIds(on ? new Set(loaded) : NONE);
  }, []);
  const clear = useCallback(() => {
    setIsAll(false);
    setIds(NONE);
  }, []);
  return useMemo(
    () => ({
      ids, isAll, toggle, setAll, clear,
      takeAll: () => setIsAll(true),
      has: (id: number) => isAll || ids.has(id),
      stateOf: (loaded: readonly number[]) => {
        const count = isAll ? loaded.length : loaded.filter((id) => ids.has(id)).length;
        return count === 0 ? false : count === loaded.length ? true : ("some" as const);
      },
    }),
    [ids, isAll, toggle, setAll, clear],
  );
}
