import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "@/lib/media";
import { useUrlState, type Codec } from "@/lib/url";
import { BuilderBody } from "@/render/builder/Builder";
import { SidePanel } from "@/render/builder/SidePanel";
import { RunActions } from "@/render/runs/RunActions";
import { RunLine } from "@/render/runs/RunLine";
import { runKeys, runsApi } from "@/render/runs/runsApi";
import { RunView } from "@/render/runs/RunView";
import { StepLine } from "@/render/runs/StepLine";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import type { CanvasState } from "./CanvasContext";
import { useDesigner } from "./designer";
import { FlowCanvas } from "./FlowCanvas";
import { stepsOf } from "./flowModel";
import styles from "./FlowPage.module.css";
import { marksOf, takenAt } from "./marks";
import { isNotFound } from "./notFound";

const RENEW_MS = 5_000;
const runCodec: Codec<number> = { read: ([value]) => Number(value ?? 0) || 0, write: (value) => (value ? [String(value)] : []) };
const atCodec: Codec<string> = { read: ([value]) => value ?? "", write: (value) => (value ? [value] : []) };

/** The runs of this flow: the list, the picture in the colours of the one that is chosen, and what a card did in it. */
export function RunsBoard() {
  const { t } = useTranslation();
  const { body, kinds } = useDesigner();
  const isPhone = usePhone();
  const [chosen, setChosen] = useUrlState("run", runCodec);
  const [at, setAt] = useUrlState("at", atCodec);
  const asked = { flow: body.name, state: "", dead: false, since: "" };
  const list = useInfiniteQuery({
    queryKey: runKeys.list(asked),
    queryFn: ({ pageParam, signal }) => runsApi.list(asked, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    refetchInterval: RENEW_MS,
    retry: false,
  });
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const [first, setFirst] = useState(0);
  if (first === 0 && rows[0]) setFirst(rows[0].id);
  const shown = chosen || (isPhone ? 0 : first);
  const run = useQuery({ queryKey: runKeys.one(shown), queryFn: ({ signal }) => runsApi.get(shown, signal), enabled: shown > 0, refetchInterval: RENEW_MS }).data;
  const open = (id: number) => setChosen(id, { replace: !isPhone });
  if (list.isPending) return <BuilderBody><SkeletonRows rows={8} /></BuilderBody>;
  if (list.isError) {
    return (
      <BuilderBody>
        {isNotFound(list.error) ? <EmptyState title={t("flows.not_published")}>{t("flows.not_published_text")}</EmptyState> : <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />}
      </BuilderBody>
    );
  }
  if (rows.length === 0) return <BuilderBody><EmptyState title={t("flows.no_runs")}>{t("flows.no_runs_text")}</EmptyState></BuilderBody>;
  const runList = (
    <>
      <ul className={styles.runs}>{rows.map((row) => <RunLine key={row.id} row={row} isCurrent={row.id === shown} onOpen={() => open(row.id)} isBrief />)}</ul>
      {list.hasNextPage && <Button kind="text" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("runs.load_more")}</Button>}
    </>
  );
  if (isPhone) {
    return (
      <BuilderBody>
        <div className={styles.phone}>
          {shown ? <><Button kind="text" icon={<ArrowLeft />} onClick={() => open(0)}>{t("runs.back")}</Button><RunView key={shown} id={shown} onOpen={open} /></> : runList}
        </div>
      </BuilderBody>
    );
  }
  const marks = run ? marksOf(body, kinds, run, t) : null;
  const card = stepsOf(body, kinds.step).find((each) => each.pointer === at);
  const taken = card && run ? takenAt(run, card.path) : [];
  const state: CanvasState = {
    selected: at, select: (pointer) => setAt(pointer === at ? "" : pointer, { replace: true }), isWrong: () => false,
    markOf: (pointer) => marks?.get(pointer) ?? null,
  };
  return (
    <BuilderBody
      left={<SidePanel side="left" name="flows.runs" title={t("flows.runs")} least={220} most={420} otherwise={264}>{runList}</SidePanel>}
      right={shown > 0 && (
        <SidePanel side="right" name="flows.run" title={t("runs.number", { id: shown })} least={320} most={680} otherwise={420}>
          {taken.length > 0 && run ? (
            <div className={styles.panel}>
              <Button kind="link" small onClick={() => setAt("", { replace: true })}>{t("flows.whole_run")}</Button>
              <RunActions run={run} onOpen={open} />
              <ol className={styles.taken}>{taken.map((each) => <StepLine key={each.path} step={each} isHere={run.at.includes(each.path)} isOpen />)}</ol>
            </div>
          ) : <div className={styles.whole}><RunView key={shown} id={shown} onOpen={open} /></div>}
        </SidePanel>
      )}
    >
      <FlowCanvas state={state} />
    </BuilderBody>
  );
}
