import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/lib/api";
import { PasswordForm } from "@/features/home/PasswordForm";
import { session } from "@/lib/session";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Logo } from "@/ui/Logo";
import styles from "./OneTimePassword.module.css";


/** Signed in with a password of an administrator's making: nothing goes on before there is one of one's own. */
export function OneTimePassword({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ["me"],
    queryFn: async ({ signal }) => {
      const { data: me } = await api.get("/api/v1/auth/me", { signal, resumes: false });
      // The first request that tells the token was refused, so it is asked for by itself.
      session.setCsrf(me.csrf_token ?? "");
      return me;
    },
  });
  if (error) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  if (!data) return null;
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <Logo size={28} />
        <h1>{t("shell.own_password")}</h1>
        <p>{t("shell.own_password_text", { name: data.user.display_name || data.user.name })}</p>
        <PasswordForm onDone={onDone} />
      </div>
    </main>
  );
}
