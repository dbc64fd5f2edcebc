import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Select } from "antd";
import { ArrowLeft, RotateCcw } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { labelText } from "@/lib/i18n";
import { usePhone } from "@/lib/media";
import { useOffer } from "@/lib/offer";
import { errorText } from "@/lib/problems";
import { type Command, useCommands } from "@/lib/shortcuts";
import { withValue } from "@/lib/url";
import { Button } from "@/ui/Button";
import { CheckBox } from "@/render/list/CheckBox";
import { managesRuns } from "@/render/runs/may";
import { RunLine } from "@/render/runs/RunLine";
import { RUN_STATES, runKeys, runsApi } from "@/render/runs/runsApi";
import { RunView } from "@/render/runs/RunView";
import { cx } from "@/ui/cx";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { PageBar } from "@/ui/PageBar";
import { SkeletonRows } from "@/ui/Skeleton";
import { toasts } from "@/ui/toasts";
import { BulkRuns } from "./BulkRuns";
import styles from "./RunsPage.module.css";

const ASK_EVERY_MS = 5_000;
const DAYS = { today: 1, week: 7, month: 30 } as const;
type Span = keyof typeof DAYS;
const DAY_MS = 86_400_000;

/** Runs of all flows: the list with filters at the left, one with its steps at the right. */
export function RunsPage() {
  const { t } = useTranslation();
  const isPhone = usePhone();
  const [params, setParams] = useSearchParams();
  const set = (name: string, value: string, replace = true) => setParams((before) => withValue(before, name, value ? [value] : []), { replace });
  const span = (Object.keys(DAYS) as Span[]).find((each) => each === params.get("time"));
  // Counted from when the page was opened, so that the list stays the same question.
  const [now] = useState(() => Date.now());
  const since = span ? new Date(now - DAYS[span] * DAY_MS).toISOString() : "";
  const asked = { flow: params.get("flow") ?? "", state: params.get("state") ?? "", dead: params.get("dead") === "1", since };
  const offer = useOffer();
  const [checked, setChecked] = useState<ReadonlySet<number>>(new Set());
  const open = Number(params.get("run") ?? 0);
  const list = useInfiniteQuery({
    queryKey: runKeys.list(asked),
    queryFn: ({ pageParam, signal }) => runsApi.list(asked, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    refetchInterval: ASK_EVERY_MS,
    placeholderData: (before) => before,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  // What was opened stays open when newer runs come in above it.
  const [first, setFirst] = useState(0);
  const firstId = rows[0]?.id ?? 0;
  if (first === 0 && firstId !== 0) setFirst(firstId);
  const shown = open || (isPhone ? 0 : first);
  const at = rows.findIndex((row) => row.id === shown);
  const show = (id: number) => set("run", id ? String(id) : "", !isPhone);
  useRunKeys((by) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (row) show(row.id);
  });
  const isHidden = isPhone && open !== 0;
  return (
    <>
      <PageBar crumbs={[{ text: t("runs.title") }]}><DeadLetters flow={asked.flow} isOn={asked.dead} onSwitch={(on) => set("dead", on ? "1" : "")} /></PageBar>
      <div className={styles.page}>
        <section className={cx(styles.side, isHidden && styles.hidden)} aria-label={t("runs.list")}>
          <Filters flow={asked.flow} state={asked.state} span={span ?? ""} onSet={(name, value) => { setFirst(0); set(name, value); }} />
          {list.isPending && <SkeletonRows rows={8} rowHeight={56} />}
          {list.isError && <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />}
          {list.isSuccess && rows.length === 0 && <EmptyState picture={null} title={t("runs.none")}>{t("runs.none_text")}</EmptyState>}
          <BulkRuns rows={rows.filter((row) => checked.has(row.id))} onDone={() => setChecked(new Set())} />
          <ul className={styles.rows}>
            {rows.map((row) => (
              <RunLine key={row.id} row={row} isCurrent={row.id === shown} onOpen={() => show(row.id)}
                check={managesRuns(offer) && <CheckBox isOn={checked.has(row.id)} label={t("runs.check", { id: row.id })} onChange={() => setChecked(toggled(checked, row.id))} />} />
            ))}
          </ul>
          {list.hasNextPage && <div className={styles.more}><Button kind="text" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("runs.load_more")}</Button></div>}
        </section>
        <section className={cx(styles.main, isPhone && open === 0 && styles.hidden)} aria-label={t("runs.steps")}>
          {isHidden && <div><Button kind="text" icon={<ArrowLeft />} onClick={() => show(0)}>{t("runs.back")}</Button></div>}
          {shown ? <RunView key={shown} id={shown} onOpen={show} /> : list.isSuccess && rows.length > 0 && <EmptyState picture={null} title={t("runs.choose")} />}
        </section>
      </div>
    </>
  );
}

function toggled(checked: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(checked);
  if (!next.delete(id)) next.add(id);
  return next;
}

function Filters({ flow, state, span, onSet }: { flow: string; state: string; span: string; onSet: (name: string, value: string) => void }) {
  const { t } = useTranslation();
  const flows = useQuery({ queryKey: runKeys.flows, queryFn: ({ signal }) => runsApi.flows(signal), staleTime: 60_000 });
  return (
    <div className={styles.filters}>
      <Select value={flow} aria-label={t("runs.flow")} onChange={(value) => onSet("flow", value)} className={styles.wide}
        options={[{ value: "", label: t("runs.all_flows") }, ...(flows.data ?? []).map((each) => ({ value: each.name, label: labelText(each.label) || each.name }))]} />
      <Select value={state} aria-label={t("runs.state")} onChange={(value) => onSet("state", value)}
        options={[{ value: "", label: t("runs.all_states") }, ...RUN_STATES.map((each) => ({ value: each as string, label: t(`runs.state_${each}`) }))]} />
      <Select value={span} aria-label={t("runs.time")} onChange={(value) => onSet("time", value)}
        options={[{ value: "", label: t("runs.any_time") }, ...(Object.keys(DAYS) as Span[]).map((each) => ({ value: each as string, label: t(`runs.${each}`) }))]} />
    </div>
  );
}

/** How many failures nobody has dealt with; only those, and retrying all of them. */
function DeadLetters({ flow, isOn, onSwitch }: { flow: string; isOn: boolean; onSwitch: (on: boolean) => void }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: runKeys.figures, queryFn: ({ signal }) => runsApi.figures(signal), refetchInterval: ASK_EVERY_MS });
  const replay = useMutation({
    mutationFn: () => runsApi.replay(flow),
    onSuccess: async (retried) => {
      toasts.show(t("runs.did_replay", { count: typeof retried === "number" ? retried : Array.isArray(retried) ? retried.length : 0 }));
      await client.invalidateQueries({ queryKey: runKeys.all });
    },
  });
  if (!data?.dead && !isOn) return null;
  return (
    <>
      {replay.error != null && <Note tone="err" live="assertive">{errorText(replay.error)}</Note>}
      <Button kind={isOn ? "soft" : "text"} onClick={() => onSwitch(!isOn)}>{t("runs.dead_count", { count: data?.dead ?? 0 })}</Button>
      {isOn && Boolean(data?.dead) && managesRuns(offer) && <Button icon={<RotateCcw />} busy={replay.isPending} onClick={() => replay.mutate()}>{t("runs.replay")}</Button>}
    </>
  );
}

function useRunKeys(step: (by: number) => void): void {
  const { t } = useTranslation();
  const now = useRef(step);
  useEffect(() => {
    now.current = step;
  });
  const commands = useMemo<Command[]>(() => {
    const group = t("runs.group");
    return [
      { id: "runs.next", label: t("runs.next"), group, isQuiet: true, keys: ["j", "down"], run: () => now.current(1) },
      { id: "runs.previous", label: t("runs.previous"), group, isQuiet: true, keys: ["k", "up"], run: () => now.current(-1) },
    ];
  }, [t]);
  useCommands(commands);
}
