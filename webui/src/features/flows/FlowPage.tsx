import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { Play, Settings2, Workflow } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { labelText } from "@/lib/i18n";
import { usePhone } from "@/lib/media";
import { useOffer } from "@/lib/offer";
import { flagCodec, textCodec, useUrlState, withValue } from "@/lib/url";
import { Builder, BuilderBody } from "@/render/builder/Builder";
import { CheckButton, useCheck } from "@/render/builder/CheckButton";
import { draftKeys, useDraft, useDraftDocument } from "@/render/builder/draft";
import { draftApi, type CheckProblem } from "@/render/builder/draftApi";
import { InkBar } from "@/render/builder/InkBar";
import { builderAddress, jsonAddress } from "@/render/builder/places";
import { PublishButton } from "@/render/builder/PublishButton";
import { textOf } from "@/render/builder/words";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { DesignBoard } from "./DesignBoard";
import { DesignerContext, type Designer } from "./designer";
import { stepAt, type FlowBody } from "./flowModel";
import styles from "./FlowPage.module.css";
import { useKinds } from "./kindsApi";
import { RunsBoard } from "./RunsBoard";

const tabCodec = textCodec("design");
const placeCodec = textCodec();

/** The designer of a flow: its picture, its settings, a trial that leaves no trace, and its runs. */
export function FlowPage() {
  return (
    <Builder>
      <FlowDesigner />
    </Builder>
  );
}

function FlowDesigner() {
  const { t } = useTranslation();
  const { app = "", key = "" } = useParams();
  const navigate = useNavigate();
  const offer = useOffer();
  const isPhone = usePhone();
  const { draft } = useDraft();
  const { document, body, isLoading, error, change, reload } = useDraftDocument<FlowBody>(key);
  const { kinds, error: noKinds, reload: askKinds } = useKinds();
  const documents = useQuery({
    queryKey: draftKeys.documents(draft?.id ?? 0),
    queryFn: ({ signal }) => draftApi.documents(draft?.id ?? 0, undefined, signal),
    enabled: draft !== null,
  });
  const check = useCheck();
  const [tab, setTab] = useUrlState("tab", tabCodec);
  const [at, setAt] = useUrlState("at", placeCodec);
  const [isTrying, setTrying] = useUrlState("try", flagCodec);
  const select = useCallback((pointer: string) => setAt(pointer, { replace: true }), [setAt]);
  const designer = useMemo<Designer | null>(
    () => (document && body && kinds ? { draft: draft?.id, document, body, kinds, documents: documents.data ?? [], problems: check?.problems ?? [], change } : null),
    [body, change, check, document, documents.data, draft?.id, kinds],
  );
  const application = offer.apps.find((each) => each.name === app);
  const jump = (problem: CheckProblem) => {
    if (problem.document !== key || !body) void navigate(builderAddress(app, problem.kind, problem.document, draft?.id, problem.pointer));
    else select(stepAt(body, problem.pointer));
  };
  const toTab = (next: string) => {
    if (next === "json") void navigate(jsonAddress(app, "flow", key, draft?.id));
    else setTab(next, { replace: true });
  };
  const [, setParams] = useSearchParams();
  const toPart = (next: string, place = "") => setParams((before) => withValue(withValue(before, "tab", next === "design" ? [] : [next]), "at", place ? [place] : []), { replace: true });
  const toSettings = () => toPart("design", "flow");
  const tabs = [{ key: "design", text: t("flows.design") }, { key: "runs", text: t("flows.runs") }, { key: "json", text: t("flows.json") }];
  return (
    <>
      <InkBar back={`/b/${app}`} crumb={application ? labelText(application.label) : undefined} icon={<Workflow size={16} strokeWidth={1.75} aria-hidden />}
        title={body ? textOf(body.label, body.name) : "…"} kind={isPhone ? undefined : t("flows.kind")} tabs={isPhone ? [] : tabs} tab={tab} onTab={toTab}>
        {tab === "design" && !isPhone && <Button className={styles.ink} icon={<Settings2 size={15} strokeWidth={1.75} />} label={t("flows.settings")} onClick={() => select(at === "flow" ? "" : "flow")} />}
        {tab === "design" && (
          <Button className={styles.ink} icon={<Play size={15} strokeWidth={1.75} />} label={t("flows.try")} onClick={() => setTrying(!isTrying, { replace: true })}><span className={styles.inkText}>{t("flows.try")}</span></Button>
        )}
        <CheckButton onJump={jump} />
        <PublishButton />
      </InkBar>
      {isPhone && (
        <Segmented block className={styles.phoneTabs} value={tab === "design" && at === "flow" ? "flow" : tab} aria-label={t("builder.parts")}
          options={[...tabs.slice(0, 2).map((each) => ({ value: each.key, label: each.text })), { value: "flow", label: t("flows.settings_short") }]}
          onChange={(next) => (next === "flow" ? toSettings() : toPart(next))} />
      )}
      {designer ? (
        <DesignerContext value={designer}>
          {tab === "runs" ? <RunsBoard /> : <DesignBoard selected={at} onSelect={select} isTrying={isTrying} onTrying={(on) => setTrying(on, { replace: true })} />}
        </DesignerContext>
      ) : (
        <BuilderBody>
          {(isLoading || !kinds) && error == null && noKinds == null && <SkeletonRows rows={10} />}
          {error != null && <ErrorBlock error={error} onRetry={reload} />}
          {noKinds != null && <ErrorBlock error={noKinds} onRetry={askKinds} />}
        </BuilderBody>
      )}
    </>
  );
}
