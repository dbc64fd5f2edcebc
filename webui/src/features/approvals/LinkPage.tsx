import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Input } from "antd";
import { Check } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { send } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import { useAppQuery } from "@/lib/offer";
import { errorText } from "@/lib/problems";
import { LanguageMenu } from "@/render/LanguageMenu";
import { SignInForm } from "@/render/SignInForm";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Logo } from "@/ui/Logo";
import { Note } from "@/ui/Note";
import { SkeletonForm } from "@/ui/Skeleton";
import type { ApprovalAnswer } from "./approvalsApi";
import styles from "./LinkPage.module.css";
import { RecordBlock } from "./RecordBlock";
import { Effects } from "./TaskView";
import { useNow } from "./times";
import { Trail } from "./Trail";
import { Way } from "./Way";

const post = async (path: string, body: Record<string, string>) => (await send<ApprovalAnswer>("POST", `/api/v1/approvals/${path}`, { body, resumes: false })).data;

/** A link on a phone: one task for one person. What stands behind # is never sent in an address. */
export function LinkPage() {
  const { t } = useTranslation();
  const { hash } = useLocation();
  const client = useQueryClient();
  const token = decodeURIComponent(hash.slice(1));
  const known = useAppQuery();
  const opened = useQuery({
    queryKey: ["approvals", "link", token],
    queryFn: () => post("link", { token }),
    // The session, if there is one, gives its token against cross-site requests first.
    enabled: token !== "" && !known.isPending,
    retry: false,
  });
  const needsSignIn = opened.error instanceof ApiError && opened.error.status === 401;
  const isGone = opened.error instanceof ApiError && (opened.error.status === 404 || opened.error.status === 403);
  const signedIn = async () => {
    await client.invalidateQueries({ queryKey: ["app"] });
    await opened.refetch();
  };
  return (
    <div className={styles.page}>
      <header className={styles.head}><Logo size={24} /><h1>{t("approvals.link_title")}</h1><LanguageMenu /></header>
      <main className={styles.main} id="content">
        {token === "" && <EmptyState picture={null} title={t("approvals.link_gone")}>{t("approvals.link_none")}</EmptyState>}
        {token !== "" && opened.isPending && <SkeletonForm />}
        {needsSignIn && (
          <section className={styles.sign} aria-label={t("approvals.sign_in_needed")}>
            <h2>{t("approvals.sign_in_needed")}</h2>
            <p>{t("approvals.sign_in_needed_text")}</p>
            <SignInForm onSignedIn={() => void signedIn()} />
          </section>
        )}
        {isGone && <EmptyState picture={null} title={t("approvals.link_gone")}>{t("approvals.link_gone_text")}</EmptyState>}
        {opened.error && !needsSignIn && !isGone && <ErrorBlock error={opened.error} onRetry={() => void opened.refetch()} />}
        {opened.data && <LinkTask token={token} first={opened.data} />}
      </main>
    </div>
  );
}

function LinkTask({ token, first }: { token: string; first: ApprovalAnswer }) {
  const { t } = useTranslation();
  const now = useNow(30_000);
  const [opinion, setOpinion] = useState("");
  const [isRejecting, setRejecting] = useState(false);
  const [fault, setFault] = useState("");
  const decide = useMutation({ mutationFn: (verb: "agree" | "reject") => post(`link/${verb}`, { token, opinion }) });
  const { approval, task } = decide.data ?? first;
  const may = (verb: string) => !decide.data && (task?.actions.includes(verb) ?? false);
  const press = (verb: "agree" | "reject") => {
    if (verb === "reject") setRejecting(true);
    if (task?.needs_opinion.includes(verb) && !opinion.trim()) setFault(t("approvals.needs_opinion"));
    else decide.mutate(verb);
  };
  return (
    <>
      <div>
        <h2 className={styles.title}>{approval.title}</h2>
        <p>{approval.summary}</p>
      </div>
      {decide.data && <Note tone="ok" live="polite" lead={t(`approvals.decision_${task?.decision || "agreed"}`)}> {t("approvals.link_done")}</Note>}
      {!decide.data && task?.decision && <Note lead={t(`approvals.decision_${task.decision}`)}> {t("approvals.decided_here")}</Note>}
      <div className={styles.card}><Way stops={approval.way} me={task?.person?.id ?? 0} now={now} /></div>
      {approval.record && <RecordBlock record={approval.record} changes={{}} isPlain wrong={{}} />}
      {approval.effects.length > 0 && <Effects approval={approval} />}
      <Trail deeds={approval.trail} />
      {(may("agree") || may("reject")) && (
        <footer className={styles.foot}>
          {(fault || decide.error) && <Note tone="err" live="assertive">{fault || errorText(decide.error)}</Note>}
          <Input
            value={opinion}
            size="large"
            maxLength={4000}
            status={fault ? "error" : undefined}
            placeholder={t(isRejecting ? "approvals.why_reject" : "approvals.opinion")}
            aria-label={t(isRejecting ? "approvals.why_reject" : "approvals.opinion")}
            onChange={(event) => {
              setOpinion(event.target.value);
              setFault("");
            }}
          />
          <div className={styles.buttons}>
            {may("reject") && <Button kind="danger" large block busy={decide.isPending} onClick={() => press("reject")}>{t("approvals.reject")}</Button>}
            {may("agree") && <Button kind="primary" large block icon={<Check />} busy={decide.isPending} onClick={() => press("agree")}>{t("approvals.agree")}</Button>}
          </div>
        </footer>
      )}
    </>
  );
}
