import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { ApiError } from "@/lib/errors";
import type { ProblemPart } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { AppliedView } from "./AppliedView";
import { ChooseStep } from "./ChooseStep";
import type { Consents } from "./consents";
import { DecisionBar } from "./DecisionBar";
import { packageKeys, packagesApi, type Plan } from "./packagesApi";
import { PlanView } from "./PlanView";
import { ProblemsView } from "./ProblemsView";
import styles from "./Process.module.css";
import { ProcessBar } from "./ProcessBar";
import { Working } from "./Working";
import { type PackedFile, readZip } from "./zip";

type State =
  | { at: "choose" }
  | { at: "checking" | "planning" | "applying" }
  | { at: "problems"; problems: readonly ProblemPart[] }
  | { at: "plan"; plan: Plan }
  | { at: "failed"; error: unknown }
  | { at: "applied"; release: number };

const STEP: Record<State["at"], number> = { choose: 0, checking: 1, problems: 1, failed: 1, planning: 2, plan: 2, applying: 3, applied: 3 };

/** A package on its way in: choose, check, plan, apply. */
export function ImportPage() {
  const { t } = useTranslation();
  const { app = "" } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [file, setFile] = useState<{ body: Blob; name: string } | null>(null);
  const [files, setFiles] = useState<readonly PackedFile[]>([]);
  const [state, setState] = useState<State>({ at: "choose" });
  const [consents, setConsents] = useState<Consents>({});
  const [reason, setReason] = useState("");
  const list = `/a/${app}/admin/packages`;
  const guarded = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      setState({ at: "failed", error });
    }
  };
  const plan = (body: Blob) => guarded(async () => {
    setState({ at: "planning" });
    setConsents({});
    setState({ at: "plan", plan: await packagesApi.plan(body) });
  });
  const choose = (body: Blob, name: string) => guarded(async () => {
    setFile({ body, name });
    setState({ at: "checking" });
    setFiles(await readZip(body).catch(() => []));
    const problems = await packagesApi.check(body);
    if (problems.length > 0) setState({ at: "problems", problems });
    else await plan(body);
  });
  const apply = (made: Plan) => guarded(async () => {
    setState({ at: "applying" });
    const done = await packagesApi.apply(file!.body, { parent: made.base, consent: made.needs_consent, reason });
    await client.invalidateQueries({ queryKey: packageKeys.all });
    setState({ at: "applied", release: done.release });
  });
  const again = <Button onClick={() => setState({ at: "choose" })}>{t("packages.choose_other")}</Button>;
  const hasMoved = state.at === "failed" && state.error instanceof ApiError && state.error.code === "release_moved";
  return (
    <div className={styles.window}>
      <ProcessBar back={list} title={t("packages.import")} about={file?.name} step={STEP[state.at]}
        steps={[t("packages.step_choose"), t("packages.step_check"), t("packages.step_plan"), t("packages.step_apply")]} />
      <main className={styles.body}>
        {state.at === "choose" && <ChooseStep onChosen={(body, name) => void choose(body, name)} />}
        {(state.at === "checking" || state.at === "planning" || state.at === "applying") && <Working key={state.at} text={t(`packages.${state.at}`)} />}
        {state.at === "problems" && <ProblemsView problems={state.problems} files={files} />}
        {state.at === "plan" && <PlanView plan={state.plan} title={t("packages.plan_title", { name: file?.name ?? "" })} consents={consents} onConsent={(key, value) => setConsents({ ...consents, [key]: value })} />}
        {state.at === "failed" && <ErrorBlock error={state.error} actions={<>{hasMoved && <Button kind="primary" onClick={() => void plan(file!.body)}>{t("packages.plan_again")}</Button>}{again}</>} />}
        {state.at === "applied" && <AppliedView release={state.release} back={`/a/${app}`} toList={list} />}
      </main>
      {state.at === "problems" && (
        <footer className={styles.decision}>
          <p className={styles.lacks} role="status">{t("packages.problems", { count: state.problems.length })}</p>
          {again}
        </footer>
      )}
      {state.at === "plan" && (
        <DecisionBar plan={state.plan} consents={consents} reason={reason} onReason={setReason} busy={false} onCancel={() => void navigate(list)}
          verb={t("packages.apply_as", { number: state.plan.base + 1 })} onApply={() => void apply(state.plan)} />
      )}
    </div>
  );
}
