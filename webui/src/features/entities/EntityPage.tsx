import { ListTree, Workflow } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { addresses } from "@/lib/addresses";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { flagCodec, textCodec, useUrlState } from "@/lib/url";
import { Builder, BuilderBody } from "@/render/builder/Builder";
import { CheckButton } from "@/render/builder/CheckButton";
import { useDraft, useDraftDocument } from "@/render/builder/draft";
import type { Body, CheckProblem } from "@/render/builder/draftApi";
import { InkBar } from "@/render/builder/InkBar";
import { builderAddress, jsonAddress } from "@/render/builder/places";
import { PublishButton } from "@/render/builder/PublishButton";
import { textOf } from "@/render/builder/words";
import { iconOf } from "@/ui/icons";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { useBodies } from "./entityApi";
import { linesOf, type EntityBody } from "@/render/builder/entityModel";
import { DiagramTab } from "./DiagramTab";
import { EntityPanel } from "./EntityPanel";
import { FieldList } from "./FieldList";
import { FieldPanel } from "./FieldPanel";

const tabCodec = textCodec("fields");
const fieldCodec = textCodec();

/** The designer of an entity: its fields with their settings, and a diagram of how entities belong together. */
export function EntityPage() {
  return (
    <Builder>
      <EntityDesigner />
    </Builder>
  );
}

function EntityDesigner() {
  const { t } = useTranslation();
  const { app = "", key = "" } = useParams();
  const navigate = useNavigate();
  const offer = useOffer();
  const { draft } = useDraft();
  const { document, body, isLoading, error, change, reload } = useDraftDocument<EntityBody>(key);
  const [tab, setTab] = useUrlState("tab", tabCodec);
  const [selected, setSelected] = useUrlState("field", fieldCodec);
  const [isFresh] = useUrlState("fresh", flagCodec);
  const select = useCallback((next: string) => setSelected(next, { replace: true }), [setSelected]);
  const entities = useBodies<EntityBody>(draft?.id, "entity");
  const list = useBodies<Body & { entity?: string }>(draft?.id, "view").find((each) => each.body.entity !== undefined && each.body.entity === body?.name);
  const line = useMemo(() => (body ? linesOf(body).find((each) => each.key === selected) : undefined), [body, selected]);
  const application = offer.apps.find((each) => each.name === app);
  const tabs = [
    { key: "fields", text: t("entities.fields"), icon: ListTree, count: body ? body.fields.length : undefined },
    { key: "diagram", text: t("entities.diagram"), icon: Workflow },
    { key: "json", text: t("entities.json") },
  ];
  const jump = (problem: CheckProblem) => {
    const uid = problem.document === key && body ? fieldOfProblem(body, problem.pointer) : null;
    if (uid === null) void navigate(builderAddress(app, problem.kind, problem.document, draft?.id, problem.pointer));
    else select(uid);
  };
  const toTab = (next: string) => {
    if (next === "json") void navigate(jsonAddress(app, "entity", key, draft?.id));
    else setTab(next, { replace: true });
  };
  const props = body && document && { body, document, change };
  const Icon = iconOf(typeof body?.icon === "string" ? body.icon : "");
  return (
    <>
      <InkBar back={`/b/${app}`} crumb={application ? labelText(application.label) : undefined} icon={<Icon size={16} strokeWidth={1.75} aria-hidden />}
        title={body ? textOf(body.label, body.name) : "…"} kind={t("entities.kind")} tabs={tabs} tab={tab} onTab={toTab}>
        <CheckButton onJump={jump} />
        <PublishButton opens={list ? addresses.view(`/a/${app}`, list.body.name) : body ? addresses.entity(`/a/${app}`, body.name) : undefined} />
      </InkBar>
      <BuilderBody right={props && tab === "fields" && (
        line
          ? <FieldPanel key={line.key} {...props} line={line} entities={entities} onSelect={select} />
          : <EntityPanel {...props} />
      )}>
        {isLoading && <SkeletonRows rows={10} />}
        {error != null && <ErrorBlock error={error} onRetry={reload} />}
        {props && tab === "fields" && <FieldList {...props} entities={entities} selected={selected} isFresh={isFresh} onSelect={select} />}
        {props && tab === "diagram" && (
          <DiagramTab draft={draft?.id} entities={entities} here={key} />
        )}
      </BuilderBody>
    </>
  );
}

/** The field that a problem is about, by its uid; null when it is about something else of the document. */
function fieldOfProblem(body: EntityBody, pointer: string): string | null {
  const [, first, place, , inner] = pointer.split("/");
  if (first !== "fields" || place === undefined) return null;
  const field = body.fields[Number(place)] ?? body.fields.find((each) => each.uid === place);
  const below = inner === undefined ? undefined : field?.fields?.[Number(inner)];
  if (!field) return null;
  return below ? `${field.uid}/${below.uid}` : field.uid;
}
