import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useDraft } from "@/render/builder/draft";
import { FormulaWords } from "@/render/formula/FormulaWords";
import { EmptyState } from "@/ui/EmptyState";
import { Note } from "@/ui/Note";
import { Token } from "@/ui/Token";
import { useOffer } from "@/lib/offer";
import { labelText } from "@/lib/i18n";
import styles from "./DecisionTable.module.css";
import { FactorTable } from "./FactorTable";
import { overlapsOf } from "./overlaps";
import { resultStep } from "./rulesModel";
import { slotAt, textOf, type PartProps } from "./shared";

/** All factors as one table: what counts when, for whom, how long, and what becomes of several that count. */
export function DecisionTable({ body, document, factors, change, onTry }: PartProps) {
  const { t } = useTranslation();
  const offer = useOffer();
  const { draft } = useDraft();
  const entity = body.for ? offer.entity(body.for) : undefined;
  const overlaps = useMemo(() => overlapsOf(factors.map(({ factor }) => factor)), [factors]);
  const result = useMemo(() => resultStep(body.steps), [body.steps]);
  if (factors.length === 0) return <EmptyState title={t("rules.no_factors")}>{t("rules.no_factors_text")}</EmptyState>;
  return (
    <div className={styles.page}>
      <p className={styles.lead}>
        {t("rules.for")} <Token kind="literal">{entity ? labelText(entity.label) : body.for}</Token>
        {result && (
          <>
            <span aria-hidden>→</span> {t("rules.result")} <Token kind="field">{textOf(result.label, String(result.let))}</Token> =
            <FormulaWords text={String(result.be)} slot={slotAt(draft?.id, document.key, `/steps/${result.uid}/be`)} />
          </>
        )}
      </p>
      {overlaps.map((each) => (
        <Note key={each.rows.join()} tone="warn" lead={t("rules.overlap", { count: each.rows.length })}>
          {t(`rules.overlap_says.${each.factor.combine}`, { rows: each.names.join(t("condition.list")) })}
        </Note>
      ))}
      <div className={styles.columns} aria-hidden>
        <span />
        <span>{t("rules.rule")}</span>
        <span>{t("rules.when")}</span>
        <span className={styles.right}>{t("rules.value")}</span>
        <span>{t("rules.valid")}</span>
        <span>{t("rules.audience_cap")}</span>
        <span>{t("rules.on")}</span>
      </div>
      {factors.map((placed) => (
        <FactorTable key={placed.factor.uid} placed={placed} factors={factors} body={body} document={document} change={change} onTry={onTry}
          clashing={new Set(overlaps.filter((each) => each.factor.uid === placed.factor.uid).flatMap((each) => each.rows))} />
      ))}
      <p className={styles.foot}>{t("rules.no_gap")}</p>
    </div>
  );
}
