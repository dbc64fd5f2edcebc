import { ClipboardList } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
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
import { InkBar } from "@/render/builder/InkBar";
import { builderAddress, jsonAddress } from "@/render/builder/places";
import { PublishButton } from "@/render/builder/PublishButton";
import { textOf } from "@/render/builder/words";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { FormBoard } from "./FormBoard";
import type { FormBody } from "./formModel";
import { useDraftEntity } from "./draftEntity";

const atCodec = textCodec();

/** The designer of a form: palette, the form with a real record, and what is selected. */
export function FormPage() {
  return (
    <Builder>
      <FormDesigner />
    </Builder>
  );
}

function FormDesigner() {
  const { t } = useTranslation();
  const { app = "", key = "" } = useParams();
  const navigate = useNavigate();
  const offer = useOffer();
  const { draft } = useDraft();
  const { document, body, isLoading, error, change, reload } = useDraftDocument<FormBody>(key);
  const [selected, setSelected] = useUrlState("item", atCodec);
  const select = useCallback((next: string) => setSelected(next, { replace: true }), [setSelected]);
  const { entity, fieldOf, addField } = useDraftEntity(body?.entity);
  const [view, setView] = useState({ record: "", role: "" });
  const application = offer.apps.find((each) => each.name === app);
  const tabs = useMemo(() => [
    { key: "form", text: t("forms.form") },
    { key: "entity", text: t("forms.fields") },
    { key: "json", text: t("forms.json") },
  ], [t]);
  const toTab = (next: string) => {
    if (next === "entity" && entity) void navigate(builderAddress(app, "entity", entity.key, draft?.id));
    if (next === "json") void navigate(jsonAddress(app, "form", key, draft?.id));
  };
  const jump = (problem: CheckProblem) => {
    const [, , section = "", , item = ""] = problem.pointer.split("/");
    const found = problem.document === key ? body?.sections[Number(section)] : undefined;
    const inner = found?.items[Number(item)];
    if (found) select(inner ? `${found.uid}/${inner.uid}` : found.uid);
    else void navigate(builderAddress(app, problem.kind, problem.document, draft?.id, problem.pointer));
  };
  return (
    <>
      <InkBar back={`/b/${app}`} crumb={application ? labelText(application.label) : undefined} icon={<ClipboardList size={16} strokeWidth={1.75} aria-hidden />}
        title={body ? textOf(body.label, body.name) : "…"} kind={t("forms.kind")} tabs={tabs} tab="form" onTab={toTab}>
        <CheckButton onJump={jump} />
        <PublishButton opens={body ? addresses.entity(`/a/${app}`, body.entity) : undefined} />
      </InkBar>
      {isLoading || error != null || !body || !document || !entity ? (
        <BuilderBody>
          {error != null ? <ErrorBlock error={error} onRetry={reload} /> : <SkeletonRows rows={10} />}
        </BuilderBody>
      ) : (
        <FormBoard body={body} document={document} change={change} entity={entity} fields={entity.fields} fieldOf={fieldOf} addField={addField} selected={selected} onSelect={select} view={view} onView={setView} />
      )}
    </>
  );
}
