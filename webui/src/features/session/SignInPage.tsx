import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { send } from "@/lib/api";
import { LanguageMenu } from "@/render/LanguageMenu";
import { SignInForm } from "@/render/SignInForm";
import { Logo } from "@/ui/Logo";
import { MosaicWall } from "./MosaicWall";
import styles from "./SignInPage.module.css";

/** Only addresses of our own: what stands after ?next= came from outside. */
const ownAddress = (next: string | null): string => (next && /^\/(?![/\\])/.test(next) ? next : "/");

/** The way in: the mosaic, the language by its own name, name and password. */
export function SignInPage() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const health = useQuery({
    queryKey: ["ready"],
    queryFn: () => send<{ status: string }>("GET", "/ready", { resumes: false }),
    retry: false,
  });
  // The language stays the one that this browser speaks, or that was chosen in it.
  const enter = async () => {
    client.removeQueries({ queryKey: ["app"] });
    await navigate(ownAddress(params.get("next")), { replace: true });
  };
  return (
    <div className={styles.page}>
      <div className={styles.picture} aria-hidden><MosaicWall /></div>
      <main className={styles.side}>
        <div className={styles.language}><LanguageMenu /></div>
        <div className={styles.form}>
          <Logo size={40} />
          <h1 className={styles.title}>{t("sign_in.title")}</h1>
          <p className={styles.slogan}>{t("sign_in.slogan")}</p>
          <SignInForm onSignedIn={() => void enter()} />
        </div>
        <footer className={styles.foot}>
          <span>{t("sign_in.status")}{health.isError ? t("sign_in.status_bad") : t("sign_in.status_ok")}</span>
          <a href="/api/docs">{t("shell.api_docs")}</a>
        </footer>
      </main>
    </div>
  );
}
