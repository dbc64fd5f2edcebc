/** Editing a record: what was changed, what is wrong, saving, and what to do when somebody else was faster. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { isBlank } from "@/fields/fieldType";
import { typeOf } from "@/fields/registry";
import { ApiError, fieldOf } from "@/lib/errors";
import { labelText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { readJson, write, writeJson } from "@/lib/memory";
import { useOffer } from "@/lib/offer";
import { problemText } from "@/lib/problems";
import { records } from "@/lib/records";
import type { AppEntity, AppField, Json, WireRecord } from "@/lib/wire";
import { changedFields, changesOf, freshValues, isWritable, type Values } from "./draft";
import { expandsOf } from "./useRecord";

export interface Conflict {
  theirs: WireRecord;
  etag: string;
  /** Fields that both changed, to different values. */
  clashes: readonly AppField[];
}

interface Kept {
  at: string;
  version: number;
  values: Record<string, Json>;
}

const KEPT_MS = 7 * 24 * 3_600_000;

export function useDraft({ entity, record, etag, given, onSaved }: {
  entity: AppEntity;
  /** The record as it was read; left out for a new one. */
  record?: WireRecord;
  etag?: string;
  given?: Values;
  onSaved: (record: WireRecord) => void;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const client = useQueryClient();
  const isNew = record === undefined;
  const [base, setBase] = useState(() => ({ record, etag }));
  const [start] = useState<Values>(() => record ?? freshValues(entity, given ?? {}));
  const [edited, setEdited] = useState<Record<string, Json>>({});
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Record<string, readonly string[]>>({});
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [wasTried, setTried] = useState(false);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [requestKey, setRequestKey] = useState(() => crypto.randomUUID());
  const keptName = `draft.${entity.name}.${record?.ref ?? "new"}`;
  const [kept, setKept] = useState<Kept | null>(() => keptDraft(keptName));

  const before: Values = base.record ?? start;
  const values = useMemo<Values>(() => ({ ...before, ...edited }), [before, edited]);
  const changed = useMemo(() => changedFields(entity, base.record ?? (given ? start : before), edited), [entity, base, before, edited, given, start]);
  const isDirty = changed.length > 0;

  useEffect(() => {
    if (!isDirty) return undefined;
    const timer = setTimeout(() => {
      writeJson(keptName, { at: new Date().toISOString(), version: base.record?.version ?? 0, values: edited } satisfies Kept);
    }, 800);
    return () => clearTimeout(timer);
  }, [isDirty, edited, keptName, base]);

  const set = useCallback((name: string, value: Json) => {
    setEdited((now) => ({ ...now, [name]: value }));
    setRefused((now) => without(now, name));
  }, []);
  const leave = useCallback((name: string) => setLeft((now) => new Set(now).add(name)), []);

  const faultOf = (field: AppField): string[] => {
    const value = values[field.name];
    if (isWritable(field, isNew) && field.required && field.type !== "boolean" && isBlank(value) && !field.default) {
      return wasTried ? [t("errors.required")] : [];
    }
    if (!(field.name in edited)) return [];
    const fault = typeOf(field).fault?.(value, field);
    return fault && (left.has(field.name) || wasTried) ? [String(t(fault.key as never, fault.params as never))] : [];
  };
  const problemsOf = (field: AppField): readonly string[] => refused[field.name] ?? faultOf(field);
  const wrong = entity.fields.filter((field) => problemsOf(field).length > 0);

  const fails = (): boolean =>
    entity.fields.some((field) => {
      const value = values[field.name];
      if (!isWritable(field, isNew)) return false;
      if (field.required && field.type !== "boolean" && isBlank(value) && !field.default) return true;
      return field.name in edited && Boolean(typeOf(field).fault?.(value, field));
    });

  const done = useCallback(
    async (saved: WireRecord, tag: string) => {
      write(keptName, null);
      setEdited({});
      setKept(null);
      setConflict(null);
      const full = await records.get(entity.name, saved.ref, expandsOf(entity, offer)).catch(() => ({ data: saved, etag: tag }));
      client.setQueryData(keys.record(entity.name, saved.ref), full);
      await client.invalidateQueries({ queryKey: keys.entity(entity.name), refetchType: "active" });
      onSaved(full.data);
    },
    [client, entity, keptName, offer, onSaved],
  );

  const refusal = async (reason: unknown) => {
    if (reason instanceof ApiError && reason.status === 412 && base.record) {
      const fresh = await records.get(entity.name, base.record.ref, expandsOf(entity, offer));
      setConflict(conflictOf(entity, base.record, edited, fresh.data, fresh.etag));
      return;
    }
    setError(reason);
    if (!(reason instanceof ApiError)) return;
    // The server has seen this request; another attempt is another request.
    setRequestKey(crypto.randomUUID());
    const found: Record<string, string[]> = {};
    for (const problem of reason.problems) {
      const steps = problem.pointer.split("/").slice(1);
      const at = steps.length > 1 ? steps.join("/") : fieldOf(problem.pointer);
      if (at) (found[at] ??= []).push(problemText(problem));
      if (steps.length > 1) found[steps[0]!] ??= [];
    }
    setRefused(found);
  };

  const send = async (body: Record<string, Json>, tag: string | undefined) => {
    setBusy(true);
    setError(null);
    try {
      const answer = base.record
        ? await records.update(entity.name, base.record.ref, body, tag)
        : await records.create(entity.name, body, requestKey);
      await done(answer.data, answer.etag);
    } catch (reason) {
      await refusal(reason).catch(setError);
    } finally {
      setBusy(false);
    }
  };

  const save = async (): Promise<void> => {
    setTried(true);
    setRefused({});
    if (isBusy || fails()) return;
    if (base.record && !isDirty) return onSaved(base.record);
    const body = base.record ? changesOf(entity, base.record, edited) : changesOf(entity, {}, writable(entity, values));
    await send(body, base.etag);
  };

  /** Save over the newer version: of what both changed, mine where it was chosen. */
  const merge = async (mine: ReadonlySet<string>): Promise<void> => {
    if (!conflict) return;
    const wanted = Object.fromEntries(
      Object.entries(edited).filter(([name]) => !conflict.clashes.some((field) => field.name === name) || mine.has(name)),
    );
    setBase({ record: conflict.theirs, etag: conflict.etag });
    const body = changesOf(entity, conflict.theirs, wanted);
    if (Object.keys(body).length === 0) await done(conflict.theirs, conflict.etag);
    else await send(body, conflict.etag);
  };

  return {
    values, set, leave, problemsOf, wrong, isDirty, changed, isBusy, error, conflict, save, merge, isNew, before, refused,
    discard: () => {
      setEdited({});
      setConflict(null);
      setRefused({});
      setError(null);
      write(keptName, null);
    },
    kept: kept && !isDirty ? kept : null,
    useKept: () => {
      if (kept) setEdited(kept.values);
      setKept(null);
    },
    dropKept: () => {
      write(keptName, null);
      setKept(null);
    },
    labelOf: (name: string) => labelText(entity.fields.find((field) => field.name === name)?.label),
  };
}

export type Draft = ReturnType<typeof useDraft>;

function writable(entity: AppEntity, values: Values): Values {
  return Object.fromEntries(
    entity.fields.filter((field) => isWritable(field, true) && !isBlank(values[field.name])).map((field) => [field.name, values[field.name]]),
  );
}

function without<T>(all: Record<string, T>, name: string): Record<string, T> {
  const inside = `${name}/`;
  return Object.fromEntries(Object.entries(all).filter(([key]) => key !== name && !key.startsWith(inside)));
}

function conflictOf(entity: AppEntity, base: WireRecord, mine: Values, theirs: WireRecord, etag: string): Conflict {
  const changedByThem = new Set(changedFields(entity, base, theirs).map((field) => field.name));
  const clashes = changedFields(entity, theirs, mine).filter((field) => changedByThem.has(field.name));
  return { theirs, etag, clashes };
}

function keptDraft(name: string): Kept | null {
  const kept = readJson<Kept | null>(name, null);
  if (!kept || typeof kept.values !== "object") return null;
  return Date.now() - Date.parse(kept.at) < KEPT_MS ? kept : null;
}
