import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { addresses } from "@/lib/addresses";
import { inText, labelText } from "@/lib/i18n";
import { readJson, writeJson } from "@/lib/memory";
import { useOffer } from "@/lib/offer";
import { withValue } from "@/lib/url";
import type { AppEntity } from "@/lib/wire";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { PageBar } from "@/ui/PageBar";
import { SkeletonRows } from "@/ui/Skeleton";
import { FileStep } from "./FileStep";
import { importKeys, imports, type Plan, type PlannedColumn, type Written } from "./importApi";
import styles from "./Imports.module.css";
import { MapStep } from "./MapStep";
import { PreviewStep } from "./PreviewStep";
import { ResultStep } from "./ResultStep";
import { Steps } from "./Steps";

/** What somebody made of the proposal, by the place of the column. */
export type Edits = Readonly<Record<number, Partial<PlannedColumn>>>;

interface Kept {
  written: Written;
  edits: Edits;
  onRepeat?: Plan["on_repeat"];
}

const NOTHING: Kept = { written: {}, edits: {} };

/** A file becomes records: chosen, matched, tried, imported; the address says how far one is. */
export function ImportPage() {
  const { t } = useTranslation();
  const { app = "", entity: name = "" } = useParams();
  const offer = useOffer();
  const entity = offer.entity(name);
  const [params, setParams] = useSearchParams();
  const go = (next: Record<string, string | number | null>) =>
    setParams((before) => Object.entries(next).reduce((all, [key, value]) => withValue(all, key, value === null ? [] : [String(value)]), before));
  const file = Number(params.get("file") ?? 0);
  const batch = Number(params.get("batch") ?? 0);
  const step = batch ? 3 : file ? (params.get("step") === "preview" ? 2 : 1) : 0;
  const base = `/a/${app}`;
  const may = entity?.may.create && (offer.user.is_admin || offer.may.includes("imports"));
  if (!entity || !may) return <EmptyState picture={null} title={t("imports.no_right")}>{t("imports.no_right_text")}</EmptyState>;
  const appLabel = labelText(offer.apps.find((each) => each.name === app)?.label);
  const list = addresses.entity(base, name);
  return (
    <>
      <PageBar crumbs={[{ text: appLabel, to: base }, { text: labelText(entity.label), to: list }, { text: t("imports.title", { what: inText(entity.label) }) }]} />
      <Steps current={step} />
      <div className={styles.page}>
        {batch ? (
          <ResultStep key={batch} entity={entity} batch={batch} list={list} onBatch={(next) => go({ batch: next, file: null, step: null })} onAgain={() => go({ batch: null, file: null, step: null })} />
        ) : file ? (
          <Matching
            key={file}
            entity={entity}
            file={file}
            isPreview={step === 2}
            onStep={(next) => go({ step: next })}
            onRun={(next) => go({ batch: next, file: null, step: null })}
            onOther={() => go({ file: null, step: null })}
          />
        ) : (
          <FileStep entity={entity} onFile={(next) => go({ file: next })} onBatch={(next) => go({ batch: next })} />
        )}
      </div>
    </>
  );
}

/** Matching the columns and trying them: what was changed is kept in this browser until it runs. */
function Matching({ entity, file, isPreview, onStep, onRun, onOther }: {
  entity: AppEntity;
  file: number;
  isPreview: boolean;
  onStep: (step: "preview" | null) => void;
  onRun: (batch: number) => void;
  onOther: () => void;
}) {
  const [kept, setKept] = useState<Kept>(() => readJson(`import.${file}`, NOTHING));
  const keep = (next: Kept) => {
    setKept(next);
    writeJson(`import.${file}`, next);
  };
  const { written, edits } = kept;
  const query = useQuery({
    queryKey: importKeys.proposal(file, entity.name, written),
    queryFn: ({ signal }) => imports.proposal(file, entity.name, written, signal),
    staleTime: 300_000,
  });
  const proposed = query.data?.plan;
  const plan = useMemo<Plan | null>(
    () => proposed ? { ...proposed, on_repeat: kept.onRepeat ?? proposed.on_repeat, columns: proposed.columns.map((each) => ({ ...each, ...edits[each.place] })) } : null,
    [proposed, edits, kept.onRepeat],
  );
  const run = useMutation({ mutationFn: (wanted: Plan) => imports.run(file, written, wanted), onSuccess: (job) => onRun(job.id) });
  if (query.isError) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data || !plan) return <SkeletonRows rows={8} rowHeight={44} />;
  if (isPreview) {
    return (
      <PreviewStep
        entity={entity}
        file={file}
        written={written}
        plan={plan}
        onBack={() => onStep(null)}
        onRun={() => run.mutate(plan)}
        isBusy={run.isPending}
        error={run.error}
      />
    );
  }
  return (
    <MapStep
      entity={entity}
      proposal={query.data}
      plan={plan}
      onEdit={(place, change) => keep({ ...kept, edits: { ...edits, [place]: { ...edits[place], ...change } } })}
      onRepeat={(onRepeat) => keep({ ...kept, onRepeat })}
      onWritten={(next) => keep({ written: { ...written, ...next }, edits: {} })}
      onNext={() => onStep("preview")}
      onOther={onOther}
    />
  );
}
