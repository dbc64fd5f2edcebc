import { FlaskConical, ListTree, Table2 } from "lucide-react";
import dayjs from "dayjs";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { flagCodec, textCodec, useUrlState } from "@/lib/url";
import type { Label } from "@/lib/wire";
import { Builder, BuilderBody } from "@/render/builder/Builder";
import { CheckButton } from "@/render/builder/CheckButton";
import { useDraft, useDraftDocument } from "@/render/builder/draft";
import type { CheckProblem } from "@/render/builder/draftApi";
import { InkBar } from "@/render/builder/InkBar";
import { PublishButton } from "@/render/builder/PublishButton";
import { builderAddress } from "@/render/builder/places";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { IconButton } from "@/ui/IconButton";
import { SkeletonRows } from "@/ui/Skeleton";
import { DecisionTable } from "./DecisionTable";
import { dayWithin } from "./days";
import { factorsOf, type FactorRow, type RulesBody } from "./rulesModel";
import { Sentences } from "./Sentences";
import { StepList } from "./StepList";
import { TryPanel } from "./TryPanel";

const tabCodec = textCodec("table");

/** The designer of a ruleset: decision tables, sentences, all steps; "try it" beside them. */
export function RulesPage() {
  return (
    <Builder>
      <RulesDesigner />
    </Builder>
  );
}

function RulesDesigner() {
  const { t } = useTranslation();
  const { app = "", key = "" } = useParams();
  const navigate = useNavigate();
  const offer = useOffer();
  const { draft } = useDraft();
  const { document, body, isLoading, error, change, reload } = useDraftDocument<RulesBody>(key);
  const [tab, setTab] = useUrlState("tab", tabCodec);
  const [isTrying, setTrying] = useUrlState("try", flagCodec);
  const factors = useMemo(() => factorsOf(body?.steps ?? []), [body]);
  const application = offer.apps.find((each) => each.name === app);
  const tabs = [
    { key: "table", text: t("rules.table"), icon: Table2 },
    { key: "sentences", text: t("rules.sentences") },
    { key: "steps", text: t("rules.steps"), icon: ListTree },
  ];
  const jump = (problem: CheckProblem) => navigate(builderAddress(app, problem.kind, problem.document, draft?.id, problem.pointer));
  // The rule that is looked at, on a day on which it counts.
  const [tried, setTried] = useState<{ row: string; day: string | null } | null>(null);
  const onTry = (row: FactorRow) => {
    setTried({ row: row.uid, day: dayWithin(row, dayjs().year()) });
    setTrying(true, { replace: true });
  };
  const props = body && document && { body, document, factors, change, onTry };
  return (
    <>
      <InkBar
        back={`/b/${app}`}
        crumb={application ? labelText(application.label) : undefined}
        title={body ? labelText(asLabel(body.label)) || body.name : "…"}
        kind={t("rules.kind")}
        tabs={tabs}
        tab={tab}
        onTab={(next) => setTab(next, { replace: true })}
      >
        <IconButton icon={FlaskConical} label={t("rules.try")} keys="t" pressed={isTrying} onClick={() => setTrying(!isTrying, { replace: true })} />
        <CheckButton onJump={jump} />
        <PublishButton />
      </InkBar>
      <BuilderBody right={isTrying && body?.for && draft && <TryPanel key={`${tried?.row} ${tried?.day}`} day={tried?.day ?? null} draft={draft} entity={body.for} body={body} onClose={() => setTrying(false, { replace: true })} />}>
        {isLoading && <SkeletonRows rows={10} />}
        {error != null && <ErrorBlock error={error} onRetry={reload} />}
        {props && tab === "table" && <DecisionTable {...props} />}
        {props && tab === "sentences" && <Sentences {...props} />}
        {props && tab === "steps" && <StepList {...props} />}
      </BuilderBody>
    </>
  );
}

function asLabel(label: unknown): Label | null {
  if (typeof label === "string") return { zh: label, en: label };
  return (label as Label | undefined) ?? null;
}
