import { ExternalLink } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { read } from "@/lib/memory";
import { useOffer } from "@/lib/offer";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";

/** The first page: the application that was open last, else the first one. */
export function HomeRedirect() {
  const { t } = useTranslation();
  const { apps, user } = useOffer();
  const kept = read("app");
  const app = apps.find((each) => each.name === kept) ?? apps[0];
  if (app) return <Navigate to={`/a/${app.name}`} replace />;
  const text = user.is_admin ? t("shell.no_application_text") : t("shell.no_application_role");
  const docs = <Button icon={<ExternalLink />} href="/api/docs">{t("shell.api_docs")}</Button>;
  return <EmptyState title={t("shell.no_application")} actions={user.is_admin ? docs : undefined}>{text}</EmptyState>;
}
