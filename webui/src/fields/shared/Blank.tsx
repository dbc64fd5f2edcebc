import { useTranslation } from "react-i18next";

/** What stands where there is no value. */
export function Blank({ place }: { place: "row" | "page" }) {
  const { t } = useTranslation();
  if (place === "row") return null;
  return <span style={{ color: "var(--text3)" }}>{t("record.no_value")}</span>;
}
