import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { useDraft } from "@/render/builder/draft";
import { draftApi } from "@/render/builder/draftApi";
import { cx } from "@/ui/cx";
import { EmptyState } from "@/ui/EmptyState";
import { SkeletonRows } from "@/ui/Skeleton";
import styles from "./DesignPage.module.css";

/** What was done in the draft, step by step; steps that were undone are struck. */
export function StepHistory() {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const { data = [], isLoading } = useQuery({
    queryKey: ["draft", draft?.id, "steps", draft?.version],
    queryFn: () => draftApi.steps(draft?.id ?? 0),
    enabled: draft !== null,
  });
  if (isLoading) return <SkeletonRows />;
  if (data.length === 0) return <EmptyState title={t("design.no_steps")} />;
  return (
    <ol className={cx(styles.list, styles.single)}>
      {data.map((step) => (
        <li key={step.number} className={cx(styles.line, !step.is_done && styles.undone)}>
          <span className={styles.name}>{labelText(step.label)}</span>
          <span className={styles.quiet}>{step.documents.join(", ")}</span>
          <span className={styles.at}>{step.by} {formatInstant(step.at, { brief: true })}</span>
        </li>
      ))}
    </ol>
  );
}
