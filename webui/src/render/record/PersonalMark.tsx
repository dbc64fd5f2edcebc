import { ShieldAlert } from "lucide-react";
import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";

/** Marks a field that tells about a person. */
export function PersonalMark() {
  const { t } = useTranslation();
  return (
    <Tooltip title={t("record.personal")}>
      <span role="img" aria-label={t("record.personal")} style={{ display: "inline-flex", color: "var(--warnT)" }}>
        <ShieldAlert size={13} strokeWidth={1.75} aria-hidden />
      </span>
    </Tooltip>
  );
}
