import { Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { toasts } from "@/ui/toasts";
import styles from "./People.module.css";

/** A one-time password, shown this once. */
export function SecretNote({ name, password }: { name: string; password: string }) {
  const { t } = useTranslation();
  const copy = () => void navigator.clipboard?.writeText(password).then(() => toasts.show(t("action.copied")));
  return (
    <div className={styles.secret} role="status">
      <p>{t("people.password_of", { name })}</p>
      <p className={styles.password}><code data-secret="">{password}</code><Button small icon={<Copy />} onClick={copy}>{t("action.copy")}</Button></p>
      <p className={styles.small}>{t("people.password_text")}</p>
    </div>
  );
}
