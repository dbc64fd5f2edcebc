import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import { currentLanguage, labelText } from "@/lib/i18n";
import type { TracedRow, TracedStep } from "./ledgerApi";
import styles from "./TraceList.module.css";

/** How a value came about: factors with the rows that counted, roundings; then the rows that did not count, and why. */
export function TraceList({ steps, nameOf }: {
  steps: readonly TracedStep[];
  /** The name of a step where its own label is not the one to show. */
  nameOf?: (step: TracedStep) => string | undefined;
}) {
  const { t } = useTranslation();
  const shown = steps.filter((step) => step.kind === "factor" || step.rounded);
  const missed = steps.flatMap((step) => (step.rows ?? []).filter((row) => !row.applies));
  const name = (step: TracedStep) => nameOf?.(step) || labelText(step.label) || step.name || step.uid;
  return (
    <>
      <h3 className={styles.title}>{t("rules.how")}</h3>
      <ol>
        {shown.map((step, index) => (
          <li key={`${step.uid}${step.round}${index}`} className={styles.step}>
            <span className={styles.stone} aria-hidden />
            <span className={styles.said}>
              <span>{name(step)}</span>
              <span className={styles.quiet}>
                {step.rounded
                  ? t("rules.rounded_from", { value: step.rounded.from })
                  : (step.rows ?? []).filter((row) => row.applies).map((row) => `${rowName(row)} ${valueOf(row)}`).join(" · ") || t("rules.by_default")}
              </span>
            </span>
            <span className={styles.gave}>{step.values ? range(step.values) : numberText(step.value)}</span>
          </li>
        ))}
      </ol>
      {missed.length > 0 && <h3 className={styles.title}>{t("rules.missed")}</h3>}
      <ul>
        {missed.map((row, index) => (
          <li key={`${row.uid}${index}`} className={styles.missed}>
            <span>– {rowName(row)}</span>
            <span className={styles.quiet}>{t(`rules.why.${row.why ?? "condition"}`)}{readText(row)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The same as plain text, to be copied for somebody who asks. */
export function traceText(steps: readonly TracedStep[], words: { default: string; missed: string }): string {
  const lines = steps.filter((step) => step.kind === "factor" || step.rounded).map((step) => {
    const rows = (step.rows ?? []).filter((row) => row.applies).map((row) => `${rowName(row)} ${valueOf(row)}`).join(", ");
    const value = step.values ? range(step.values) : numberText(step.value);
    return `${labelText(step.label) || step.name || step.uid}: ${value} (${step.rounded ? step.rounded.from : rows || words.default})`;
  });
  const missed = steps.flatMap((step) => (step.rows ?? []).filter((row) => !row.applies)).map((row) => `– ${rowName(row)}`);
  return [...lines, ...(missed.length ? [words.missed, ...missed] : [])].join("\n");
}

function rowName(row: TracedRow): string {
  return (currentLanguage() === "en" ? row.en || row.zh : row.zh || row.en) || row.uid;
}

function valueOf(row: TracedRow): string {
  return row.values ? range(row.values.filter((each) => each !== null)) : numberText(row.value);
}

/** What the condition read, for a row that did not count. */
function readText(row: TracedRow): string {
  const read = Object.entries(row.reads ?? {}).filter(([, value]) => typeof value !== "object" || value === null);
  return read.length ? ` (${read.map(([name, value]) => `${name} = ${String(value ?? "–")}`).join(", ")})` : "";
}

function numberText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? formatNumber(value) : "";
}

function range(values: readonly unknown[]): string {
  const texts = [...new Set(values.map(numberText))];
  return texts.length > 3 ? `${texts.slice(0, 3).join(", ")} …` : texts.join(", ");
}
