import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";

/** An address that leads nowhere. */
export function NotFoundPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <EmptyState
      title={t("page.not_found")}
      actions={<Button kind="primary" onClick={() => void navigate("/")}>{t("page.go_home")}</Button>}
    >
      {t("page.not_found_text")}
    </EmptyState>
  );
}
