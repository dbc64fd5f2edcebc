import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { ApiError } from "@/lib/errors";
import { labelText } from "@/lib/i18n";
import { LanguageMenu } from "@/render/LanguageMenu";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonForm } from "@/ui/Skeleton";
import { linkKeys, openForms } from "./publicApi";
import styles from "./PublicForms.module.css";
import { PublicForm } from "./PublicForm";

/** The page behind a link: the form, then the thanks. Nothing here needs an account. */
export function PublicPage() {
  const { t } = useTranslation();
  const { token = "" } = useParams();
  const [thanks, setThanks] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  const query = useQuery({ queryKey: linkKeys.form(token), queryFn: () => openForms.get(token), retry: false });
  const form = query.data;
  const isGone = query.error instanceof ApiError && query.error.status === 404;
  const title = form?.title || labelText(form?.label ?? undefined);
  const help = labelText(form?.help ?? undefined);
  const again = async () => {
    const fresh = await query.refetch();
    if (fresh.data) setThanks(null);
    setTurn((now) => now + 1);
  };
  return (
    <div className={styles.page}>
      <header className={styles.head}><span className={styles.spring} /><LanguageMenu /></header>
      <main className={styles.main} id="content">
        {title && <h1 className={styles.title}>{title}</h1>}
        {isGone ? (
          <EmptyState picture={null} title={t("public_forms.gone")}>{t("public_forms.gone_text")}</EmptyState>
        ) : query.isError ? (
          <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
        ) : !form ? (
          <SkeletonForm />
        ) : thanks !== null ? (
          <EmptyState isDone title={t("public_forms.thanks")} actions={<Button onClick={() => void again()}>{t("public_forms.again")}</Button>}>
            <span className={styles.thanks}>{thanks}</span>
          </EmptyState>
        ) : form.state !== "open" ? (
          <EmptyState picture={null} title={t(`public_forms.is_${form.state}`)}>{t("public_forms.closed_text")}</EmptyState>
        ) : (
          <>
            {help && <p className={styles.help}>{help}</p>}
            <PublicForm key={turn} form={form} token={token} onDone={setThanks} />
          </>
        )}
      </main>
    </div>
  );
}
