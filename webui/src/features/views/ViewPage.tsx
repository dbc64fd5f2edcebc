import { Rows3 } from "lucide-react";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { addresses } from "@/lib/addresses";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { textCodec, useUrlState } from "@/lib/url";
import { Builder, BuilderBody } from "@/render/builder/Builder";
import { CheckButton } from "@/render/builder/CheckButton";
import { useDraft, useDraftDocument } from "@/render/builder/draft";
import type { CheckProblem } from "@/render/builder/draftApi";
import type { EntityBody } from "@/render/builder/entityModel";
import { InkBar } from "@/render/builder/InkBar";
import { builderAddress, jsonAddress } from "@/render/builder/places";
import { PublishButton } from "@/render/builder/PublishButton";
import { textOf } from "@/render/builder/words";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { useBodies } from "./viewApi";
import { ViewBoard } from "./ViewBoard";
import type { ViewBody } from "./viewModel";

const columnCodec = textCodec();

/** The designer of a view: what it can show, its columns over real rows, and what is selected. */
export function ViewPage() {
  return (
    <Builder>
      <ViewDesigner />
    </Builder>
  );
}

function ViewDesigner() {
  const { t } = useTranslation();
  const { app = "", key = "" } = useParams();
  const navigate = useNavigate();
  const offer = useOffer();
  const { draft } = useDraft();
  const { document, body, isLoading, error, change, reload } = useDraftDocument<ViewBody>(key);
  const [selected, setSelected] = useUrlState("column", columnCodec);
  const select = useCallback((next: string) => setSelected(next, { replace: true }), [setSelected]);
  const entities = useBodies<EntityBody>(draft?.id, "entity");
  const application = offer.apps.find((each) => each.name === app);
  const jump = (problem: CheckProblem) => {
    const [, first, place = ""] = problem.pointer.split("/");
    const column = problem.document === key && first === "columns" ? body?.columns[Number(place)] : undefined;
    if (column) select(column.uid);
    else if (problem.document !== key) void navigate(builderAddress(app, problem.kind, problem.document, draft?.id, problem.pointer));
  };
  return (
    <>
      <InkBar back={`/b/${app}`} crumb={application ? labelText(application.label) : undefined} icon={<Rows3 size={16} strokeWidth={1.75} aria-hidden />}
        title={body ? textOf(body.label, body.name) : "…"} kind={t("design.kind.view")} tab="view"
        tabs={[{ key: "view", text: t("views.columns"), count: body?.columns.length }, { key: "json", text: t("entities.json") }]}
        onTab={(next) => next === "json" && void navigate(jsonAddress(app, "view", key, draft?.id))}>
        <CheckButton onJump={jump} />
        <PublishButton opens={body ? addresses.view(`/a/${app}`, body.name) : undefined} />
      </InkBar>
      {body && document ? (
        <ViewBoard body={body} document={document} change={change} entities={entities} selected={selected} onSelect={select} />
      ) : (
        <BuilderBody>
          {isLoading && <SkeletonRows rows={10} />}
          {error != null && <ErrorBlock error={error} onRetry={reload} />}
        </BuilderBody>
      )}
    </>
  );
}
