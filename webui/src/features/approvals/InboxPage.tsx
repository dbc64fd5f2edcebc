import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { usePhone } from "@/lib/media";
import { type Command, useCommands } from "@/lib/shortcuts";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Kbd } from "@/ui/Kbd";
import { PageBar } from "@/ui/PageBar";
import { SkeletonForm, SkeletonRows } from "@/ui/Skeleton";
import { type ApprovalAnswer, approvalKeys, type ApprovalRow, approvalsApi, rowId, type Tab, TABS, useForget, type Verb } from "./approvalsApi";
import { BatchBar } from "./BatchBar";
import styles from "./InboxPage.module.css";
import { InboxRow } from "./InboxRow";
import { TaskView } from "./TaskView";
import { useNow } from "./times";
import { UndoStrip } from "./UndoStrip";

const ASK_EVERY_MS = 20_000;
const NO_ROWS: readonly ApprovalRow[] = [];

interface Done {
  task: number;
  title: string;
  text: string;
  finalAt: string | null;
}

/** What waits for me, what I decided, what I started and copies: the list at the left, the open one at the right. */
export function InboxPage() {
  const { t } = useTranslation();
  const isPhone = usePhone();
  const [params, setParams] = useSearchParams();
  const tab: Tab = TABS.find((each) => each === params.get("tab")) ?? "waiting";
  const open = params.get("open") ?? "";
  const [done, setDone] = useState<Done | null>(null);
  const [checked, setChecked] = useState<ReadonlySet<number>>(new Set());
  const counts = useQuery({ queryKey: approvalKeys.counts, queryFn: ({ signal }) => approvalsApi.counts(signal) });
  const list = useInfiniteQuery({
    queryKey: approvalKeys.list(tab),
    queryFn: ({ pageParam, signal }) => approvalsApi.list(tab, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    refetchInterval: ASK_EVERY_MS,
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? NO_ROWS, [list.data]);
  const go = (next: { tab?: Tab; open?: string }, replace = false) =>
    setParams({ ...((next.tab ?? tab) !== "waiting" && { tab: next.tab ?? tab }), ...(next.open && { open: next.open }) }, { replace });

  // On a desktop something is always open: the first, until another one is chosen.
  const first = rows[0] && rowId(rows[0]);
  const shown = open || (isPhone ? "" : (first ?? ""));
  const at = rows.findIndex((row) => rowId(row) === shown);
  const step = (by: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (row) go({ open: rowId(row) }, true);
  };
  const decided = (verb: Verb, answer: ApprovalAnswer) => {
    const task = Number(shown.slice(1));
    const next = rows[at + 1] ?? rows[at - 1];
    const word = `approvals.did_${verb}` as "approvals.did_agree";
    if (verb !== "undo") setDone({ task, title: answer.approval.title, text: t(word, { title: answer.approval.title }), finalAt: answer.task?.final_at ?? null });
    if (tab === "waiting") go({ open: next && !isPhone ? rowId(next) : "" }, true);
  };
  const toggle = (task: number) =>
    setChecked((before) => new Set(before.has(task) ? [...before].filter((each) => each !== task) : [...before, task]));
  useInboxKeys({ step, check: () => rows[at]?.task && tab === "waiting" && toggle(rows[at].task), clear: () => setChecked(new Set()), hasChecked: checked.size > 0 });

  const number = (each: Tab) => (each === "waiting" ? counts.data?.waiting : each === "copied" ? counts.data?.copied : undefined);
  const panel = shown ? <OpenOne key={shown} id={shown} isCopy={tab === "copied"} onDecided={decided} /> : null;
  return (
    <>
      <PageBar crumbs={[{ text: t("approvals.title") }]} info={isPhone ? undefined : <span className={styles.keys}><Kbd keys="j" /><Kbd keys="k" />{t("approvals.keys")}<Kbd keys="a" />{t("approvals.agree")}<Kbd keys="r" />{t("approvals.reject")}</span>} />
      <div className={styles.page}>
        <section className={cx(styles.side, isPhone && open !== "" && styles.hidden)} aria-label={t("approvals.list")}>
          <div className={styles.tabs} role="group" aria-label={t("approvals.title")}>
            {TABS.map((each) => (
              <button key={each} type="button" className={cx(styles.tab, each === tab && styles.current)} aria-pressed={each === tab} onClick={() => { setChecked(new Set()); go({ tab: each }); }}>
                {t(`approvals.${each}`)}
                {Boolean(number(each)) && <span className="num">{number(each)}</span>}
              </button>
            ))}
          </div>
          {list.isPending && <SkeletonRows rows={8} rowHeight={56} />}
          {list.isError && <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />}
          {list.isSuccess && rows.length === 0 && <EmptyState isDone title={t(`approvals.none_${tab}`)}>{tab === "waiting" && t("approvals.none_waiting_text")}</EmptyState>}
          <Rows rows={rows} tab={tab} shown={shown} checked={checked} onOpen={(id) => go({ open: id })} onToggle={toggle} />
          {list.hasNextPage && <div className={styles.more}><Button kind="text" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("approvals.load_more")}</Button></div>}
          <div className={styles.foot}>
            {done && <UndoStrip key={done.task} {...done} onUndone={(task) => { setDone(null); go({ tab: "waiting", open: `t${task}` }, true); }} />}
            {checked.size > 0 && <BatchBar tasks={[...checked]} onClear={() => setChecked(new Set())} />}
          </div>
        </section>
        <section className={cx(styles.main, isPhone && open === "" && styles.hidden)} aria-label={t("approvals.record")}>
          {isPhone && open !== "" && <div className={styles.back}><Button kind="text" icon={<ArrowLeft />} onClick={() => go({}, true)}>{t("approvals.back_to_list")}</Button></div>}
          {panel ?? (list.isSuccess && rows.length > 0 && <EmptyState picture={null} title={t("approvals.choose")} />)}
        </section>
      </div>
    </>
  );
}

function Rows({ rows, tab, shown, checked, onOpen, onToggle }: {
  rows: readonly ApprovalRow[];
  tab: Tab;
  shown: string;
  checked: ReadonlySet<number>;
  onOpen: (id: string) => void;
  onToggle: (task: number) => void;
}) {
  const now = useNow(30_000);
  return (
    <ul className={styles.rows}>
      {rows.map((row) => (
        <InboxRow key={rowId(row)} row={row} tab={tab} now={now} isCurrent={rowId(row) === shown} isChecked={checked.has(row.task ?? 0)}
          onOpen={() => onOpen(rowId(row))} onToggle={tab === "waiting" && row.task ? () => onToggle(row.task!) : undefined} />
      ))}
    </ul>
  );
}

/** The one that is open: "t12" is a task, "a7" an approval. */
function OpenOne({ id, isCopy, onDecided }: { id: string; isCopy: boolean; onDecided: (verb: Verb, answer: ApprovalAnswer) => void }) {
  const number = Number(id.slice(1));
  const isTask = id.startsWith("t");
  const forget = useForget();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: isTask ? approvalKeys.task(number) : approvalKeys.one(number),
    queryFn: ({ signal }) => (isTask ? approvalsApi.task(number, signal) : approvalsApi.approval(number, signal)),
  });
  const approval = data?.approval.id ?? 0;
  useEffect(() => {
    if (isCopy && approval) void approvalsApi.read(approval).then(forget).catch(() => undefined);
  }, [isCopy, approval, forget]);
  if (isPending) return <SkeletonForm />;
  if (error) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  return <TaskView answer={data} onDecided={onDecided} />;
}

function useInboxKeys(doing: { step: (by: number) => void; check: () => void; clear: () => void; hasChecked: boolean }): void {
  const { t } = useTranslation();
  const now = useRef(doing);
  useEffect(() => {
    now.current = doing;
  });
  const commands = useMemo<Command[]>(() => {
    const group = t("approvals.group");
    return [
      { id: "approvals.next", label: t("approvals.next"), group, isQuiet: true, keys: ["j", "down"], run: () => now.current.step(1) },
      { id: "approvals.previous", label: t("approvals.previous"), group, isQuiet: true, keys: ["k", "up"], run: () => now.current.step(-1) },
      { id: "approvals.check", label: t("keys.check"), group, isQuiet: true, keys: "x", run: () => now.current.check() },
      { id: "approvals.clear", label: t("approvals.clear"), group, isQuiet: true, keys: "escape", can: () => now.current.hasChecked, run: () => now.current.clear() },
    ];
  }, [t]);
  useCommands(commands);
}
