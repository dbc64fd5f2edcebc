import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useOffer } from "@/lib/offer";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { List } from "./List";
import { ViewRows } from "./ViewRows";

/** The records of an entity. */
export function EntityListPage() {
  const { app = "", entity: name = "" } = useParams();
  const entity = useOffer().entity(name);
  return entity ? <List key={name} app={app} entity={entity} /> : <NoView />;
}

/** A view: of records, or of what timelines say. */
export function ViewListPage() {
  const { app = "", view: name = "" } = useParams();
  const offer = useOffer();
  const view = offer.view(name);
  if (!view) return <NoView />;
  const entity = view.entity ? offer.entity(view.entity) : undefined;
  return entity ? <List key={name} app={app} entity={entity} view={view} /> : <ViewRows key={name} app={app} view={view} />;
}

function NoView() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <EmptyState title={t("page.no_view")} actions={<Button kind="primary" onClick={() => void navigate("/")}>{t("page.go_home")}</Button>}>
      {t("page.no_view_text")}
    </EmptyState>
  );
}
