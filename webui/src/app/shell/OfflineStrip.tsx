import { WifiOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import styles from "./OfflineStrip.module.css";

/** A thin strip while there is no network; typing goes on. */
export function OfflineStrip() {
  const { t } = useTranslation();
  return (
    <div className={styles.strip} role="status">
      <WifiOff size={15} strokeWidth={1.75} aria-hidden />
      {t("shell.offline")}
    </div>
  );
}
