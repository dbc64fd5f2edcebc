/** The draft that a builder works on: opened at the first change, saved by itself, undone by steps. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { read, write } from "@/lib/memory";
import { errorText } from "@/lib/problems";
import type { Label } from "@/lib/wire";
import { toasts } from "@/ui/toasts";
import { draftApi, type Body, type Clash, type Draft, type DraftDocument } from "./draftApi";
import { Saver, type SaveState } from "./saving";

const REMEMBERED = "draft";

export const draftKeys = {
  draft: (id: number) => ["draft", id] as const,
  document: (id: number, key: string) => ["draft", id, "document", key] as const,
  documents: (id: number, kind = "") => ["draft", id, "documents", kind] as const,
  check: (id: number) => ["draft", id, "check"] as const,
};

export interface OpenClash {
  key: string;
  ours: Body;
  theirs: Body;
  clashes: Clash[];
}

export interface DraftState {
  draft: Draft | null;
  isLoading: boolean;
  error: unknown;
  state: SaveState;
  savedAt: Date | null;
  clash: OpenClash | null;
  /** The open draft; one is opened when there is none. */
  ensure: () => Promise<Draft>;
  saver: Saver | null;
  undo: () => Promise<void>;
  redo: () => Promise<void>;
  /** Settle a clash: keep ours, or take what is there. */
  settle: (take: "ours" | "theirs") => void;
  refresh: () => Promise<void>;
  leave: () => void;
}

const DraftContext = createContext<DraftState | null>(null);

/** The draft of this page. Only below a DraftProvider. */
export function useDraft(): DraftState {
  const found = useContext(DraftContext);
  if (!found) throw new Error("useDraft outside of a builder");
  return found;
}

/** The number of the draft in the address, else of the one that this browser had open last. */
function useDraftNumber(): [number | null, (id: number | null) => void] {
  const [params, setParams] = useSearchParams();
  const text = params.get("draft") ?? read(REMEMBERED);
  const id = text && /^\d+$/.test(text) ? Number(text) : null;
  const change = useCallback(
    (next: number | null) => {
      write(REMEMBERED, next === null ? null : String(next));
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          if (next === null) after.delete("draft");
          else after.set("draft", String(next));
          return after;
        },
        { replace: true },
      );
    },
    [setParams],
  );
  return [id, change];
}

export function DraftProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [id, setId] = useDraftNumber();
  const query = useQuery({
    queryKey: draftKeys.draft(id ?? 0),
    queryFn: async ({ signal }) => openOne(id, signal),
    enabled: true,
  });
  const draft = query.data ?? null;
  const [state, setState] = useState<SaveState>("saved");
  const [savedAt, setSavedAt] = useState<Date | null>(null);
  const [clash, setClash] = useState<OpenClash | null>(null);
  const opening = useRef<Promise<Draft> | null>(null);
  const number = draft?.id ?? null;

  const refresh = useCallback(async () => {
    await client.invalidateQueries({ queryKey: ["draft"] });
  }, [client]);

  const saver = useMemo(() => {
    if (number === null) return null;
    return new Saver(number, {
      onState: setState,
      onSaved: (document) => {
        setState("saved");
        setSavedAt(new Date());
        client.setQueryData(draftKeys.document(number, document.key), document);
        void client.invalidateQueries({ queryKey: draftKeys.draft(number), exact: true });
        void client.invalidateQueries({ queryKey: draftKeys.check(number) });
        void client.invalidateQueries({ queryKey: ["draft", number, "documents"] });
      },
      onClash: (key, ours, theirs, clashes) => setClash({ key, ours, theirs, clashes }),
      onError: (error) => toasts.show(errorText(error)),
    });
  }, [client, number]);

  const ensure = useCallback(async () => {
    if (draft) return draft;
    opening.current ??= draftApi.open(t("builder.draft_name", { at: formatInstant(new Date().toISOString()) }));
    const made = await opening.current.catch((problem: unknown) => {
      opening.current = null;
      throw problem;
    });
    // Not through the address: somebody who is on the way to another page must not be called back.
    client.setQueryData(draftKeys.draft(made.id), made);
    client.setQueryData(draftKeys.draft(id ?? 0), made);
    write(REMEMBERED, String(made.id));
    return made;
  }, [client, draft, id, t]);

  const step = useCallback(
    async (way: "undo" | "redo") => {
      if (!draft || !saver || !(await saver.flush())) return;
      const named = draft[way];
      const { documents } = await draftApi[way](draft.id);
      for (const key of documents) saver.forget(key);
      await refresh();
      if (named) toasts.show(t(way === "undo" ? "builder.undone" : "builder.redone", { step: labelText(named.label) }));
    },
    [draft, refresh, saver, t],
  );

  const settle = useCallback(
    (take: "ours" | "theirs") => {
      if (!clash || !saver) return;
      if (take === "ours") void saver.flush();
      else saver.forget(clash.key);
      setClash(null);
      void refresh();
    },
    [clash, refresh, saver],
  );

  const leave = useCallback(() => {
    // The next change opens another one.
    opening.current = null;
    setId(null);
  }, [setId]);
  useGuard(saver, state);

  const value = useMemo<DraftState>(
    () => ({
      draft, isLoading: query.isLoading, error: query.error, state, savedAt, clash, ensure, saver,
      undo: () => step("undo"), redo: () => step("redo"), settle, refresh, leave,
    }),
    [clash, draft, ensure, leave, query.error, query.isLoading, refresh, savedAt, saver, settle, state, step],
  );
  return <DraftContext value={value}>{children}</DraftContext>;
}

/** The draft of that number when it is still open, else the one that was changed last, else none. */
async function openOne(id: number | null, signal: AbortSignal): Promise<Draft | null> {
  if (id !== null) {
    const found = await draftApi.get(id, signal).catch(() => null);
    if (found?.state === "open") return found;
  }
  return (await draftApi.list()).find((each) => each.state === "open") ?? null;
}

/** Save before the page goes, and ask when that cannot be. */
function useGuard(saver: Saver | null, state: SaveState): void {
  useEffect(() => {
    const save = () => void saver?.flush();
    const ask = (event: BeforeUnloadEvent) => {
      if (saver && !saver.isClean && state !== "saved") event.preventDefault();
    };
    window.addEventListener("blur", save);
    window.addEventListener("beforeunload", ask);
    return () => {
      window.removeEventListener("blur", save);
      window.removeEventListener("beforeunload", ask);
      save();
    };
  }, [saver, state]);
}

export interface DocumentState<T extends Body = Body> {
  document: DraftDocument | null;
  /** As it is on the screen, with what is not saved yet. */
  body: T | null;
  isLoading: boolean;
  error: unknown;
  /** Change it. label names the step for undo; gesture joins typing into one step. */
  change: (next: T, label?: Label | string, gesture?: string) => void;
  reload: () => void;
}

/** A document of the draft, or of the head while no draft is open. */
export function useDraftDocument<T extends Body = Body>(key: string): DocumentState<T> {
  const { draft, ensure, saver, isLoading } = useDraft();
  const client = useQueryClient();
  const number = draft?.id ?? 0;
  const query = useQuery({
    queryKey: draftKeys.document(number, key),
    queryFn: async ({ signal }) => draftApi.document((draft ?? (await ensure())).id, key, signal),
    enabled: !isLoading && key !== "",
  });
  const document = query.data ?? null;
  const [local, setLocal] = useState<{ of: string; body: T } | null>(null);
  useEffect(() => {
    if (document && saver) saver.read(document);
    const kept = document && saver?.unsaved(key);
    setLocal(kept ? { of: key, body: kept as T } : null);
  }, [document, key, saver]);
  const change = useCallback(
    (next: T, label?: Label | string, gesture?: string) => {
      setLocal({ of: key, body: next });
      saver?.change(key, next, label, gesture);
    },
    [key, saver],
  );
  const reload = useCallback(() => {
    void client.invalidateQueries({ queryKey: draftKeys.document(number, key) });
  }, [client, key, number]);
  const body = local?.of === key ? local.body : ((document?.body as T | undefined) ?? null);
  return { document, body, isLoading: query.isLoading || isLoading, error: query.error, change, reload };
}
