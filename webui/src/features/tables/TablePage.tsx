import { Table2 } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { problemText } from "@/lib/problems";
import { textCodec, useUrlState } from "@/lib/url";
import { Builder, BuilderBody } from "@/render/builder/Builder";
import { CheckButton, useCheck } from "@/render/builder/CheckButton";
import { useDraft, useDraftDocument } from "@/render/builder/draft";
import type { CheckProblem } from "@/render/builder/draftApi";
import { InkBar } from "@/render/builder/InkBar";
import { builderAddress, jsonAddress } from "@/render/builder/places";
import { PublishButton } from "@/render/builder/PublishButton";
import { textOf } from "@/render/builder/words";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { Sheet } from "./Sheet";
import type { TableBody } from "./tableModel";

const atCodec = textCodec();

/** A table that rules decide by, edited like a sheet. */
export function TablePage() {
  return (
    <Builder>
      <TableDesigner />
    </Builder>
  );
}

function TableDesigner() {
  const { t } = useTranslation();
  const { app = "", key = "" } = useParams();
  const navigate = useNavigate();
  const offer = useOffer();
  const { draft } = useDraft();
  const { document, body, isLoading, error, change, reload } = useDraftDocument<TableBody>(key);
  const [at, setAt] = useUrlState("at", atCodec);
  const check = useCheck();
  const application = offer.apps.find((each) => each.name === app);
  const problems = useMemo(() => new Map((check?.problems ?? []).filter((each) => each.document === key).map((each) => [each.pointer, problemText(each)])), [check, key]);
  const jump = (problem: CheckProblem) => {
    if (problem.document === key) setAt(problem.pointer, { replace: true });
    else void navigate(builderAddress(app, problem.kind, problem.document, draft?.id, problem.pointer));
  };
  return (
    <>
      <InkBar back={`/b/${app}`} crumb={application ? labelText(application.label) : undefined} icon={<Table2 size={16} strokeWidth={1.75} aria-hidden />}
        title={body ? textOf(body.label, body.name) : "…"} kind={t("tables.kind")} tab="sheet"
        tabs={[{ key: "sheet", text: t("tables.sheet"), count: body?.rows?.length ?? 0 }, { key: "json", text: t("entities.json") }]}
        onTab={(next) => next === "json" && void navigate(jsonAddress(app, "table", key, draft?.id))}>
        <CheckButton onJump={jump} />
        <PublishButton />
      </InkBar>
      <BuilderBody>
        {isLoading && <SkeletonRows rows={10} />}
        {error != null && <ErrorBlock error={error} onRetry={reload} />}
        {body && document && <Sheet key={document.key} body={body} change={change} problems={problems} at={at} />}
      </BuilderBody>
    </>
  );
}
