import { useTranslation } from "react-i18next";
import { useLasting } from "@/lib/time";
import styles from "./Process.module.css";
import { Moving } from "./Moving";

/** Something that takes a while, and says after a few seconds that it is still at work. */
export function Working({ text }: { text: string }) {
  const { t } = useTranslation();
  const isLong = useLasting(true, 5_000);
  return (
    <div className={styles.busy} aria-busy="true">
      <p role="status">{text}</p>
      <Moving label={text} />
      {isLong && <p className={styles.quiet}>{t("packages.still")}</p>}
    </div>
  );
}
