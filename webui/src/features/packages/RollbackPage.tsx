import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { ApiError } from "@/lib/errors";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { AppliedView } from "./AppliedView";
import type { Consents } from "./consents";
import { DecisionBar } from "./DecisionBar";
import { packageKeys, packagesApi, type Plan } from "./packagesApi";
import { PlanView } from "./PlanView";
import styles from "./Process.module.css";
import { ProcessBar } from "./ProcessBar";
import { Working } from "./Working";

/** Going back to an earlier release: its own plan, its own consent. */
export function RollbackPage() {
  const { t } = useTranslation();
  const { app = "", number = "" } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const target = Number(number);
  const [consents, setConsents] = useState<Consents>({});
  const [reason, setReason] = useState("");
  const [state, setState] = useState<{ at: "plan" | "applying" } | { at: "failed"; error: unknown } | { at: "applied"; release: number }>({ at: "plan" });
  const plan = useQuery({ queryKey: packageKeys.back(target), queryFn: ({ signal }) => packagesApi.planBack(target, signal), staleTime: 0, gcTime: 0 });
  const list = `/a/${app}/admin/packages`;
  const title = t("packages.back_title", { number: target });
  const goBack = async (made: Plan) => {
    setState({ at: "applying" });
    try {
      const done = await packagesApi.goBack(target, { parent: made.base, consent: made.needs_consent, reason });
      await client.invalidateQueries({ queryKey: packageKeys.all, refetchType: "none" });
      setState({ at: "applied", release: done.release });
    } catch (error) {
      setState({ at: "failed", error });
    }
  };
  const planAgain = async () => {
    await plan.refetch();
    setConsents({});
    setState({ at: "plan" });
  };
  const hasMoved = state.at === "failed" && state.error instanceof ApiError && state.error.code === "release_moved";
  return (
    <div className={styles.window}>
      <ProcessBar back={list} title={title} step={state.at === "plan" ? 0 : 1} steps={[t("packages.step_plan"), t("packages.step_back")]} />
      <main className={styles.body}>
        {state.at === "plan" && plan.isPending && <Working text={t("packages.planning")} />}
        {state.at === "plan" && plan.isError && <ErrorBlock error={plan.error} onRetry={() => void plan.refetch()} />}
        {state.at === "plan" && plan.data && <PlanView plan={plan.data} title={title} consents={consents} onConsent={(key, value) => setConsents({ ...consents, [key]: value })} />}
        {state.at === "applying" && <Working text={t("packages.going_back")} />}
        {state.at === "failed" && <ErrorBlock error={state.error} actions={<Button kind={hasMoved ? "primary" : "default"} onClick={() => void planAgain()}>{t("packages.plan_again")}</Button>} />}
        {state.at === "applied" && <AppliedView release={state.release} back={`/a/${app}`} toList={list} />}
      </main>
      {state.at === "plan" && plan.data && (
        <DecisionBar plan={plan.data} consents={consents} reason={reason} onReason={setReason} busy={false} onCancel={() => void navigate(list)}
          verb={t("packages.go_back_now", { number: target })} onApply={() => void goBack(plan.data)} />
      )}
    </div>
  );
}
