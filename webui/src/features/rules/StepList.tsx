import { useTranslation } from "react-i18next";
import { useDraft } from "@/render/builder/draft";
import { FormulaSlot } from "@/render/formula/FormulaSlot";
import { Tag } from "@/ui/Tag";
import styles from "./DecisionTable.module.css";
import { patched, withStep, type Step } from "./rulesModel";
import { slotAt, textOf, type PartProps } from "./shared";

const KINDS = ["let", "set", "factor", "spread", "post", "match", "each", "refuse", "review", "when"] as const;
type Kind = (typeof KINDS)[number];

/** Which keys of a step hold formulas, with what they must give. */
const FORMULAS: Partial<Record<Kind, Record<string, string>>> = {
  let: { be: "any" }, set: { to: "any" }, factor: { default: "number" }, spread: { spread: "number", by: "number" },
  post: { amount: "number", expires_on: "date", available_from: "date" }, each: { where: "boolean" },
  refuse: { refuse: "boolean" }, review: { review: "boolean" }, when: { when: "boolean" },
};

/** All steps in the order in which they run; every formula opens the editor. */
export function StepList({ body, document, change }: PartProps) {
  return (
    <div className={styles.page}>
      <Steps steps={body.steps} at="/steps" document={document.key} onChange={(uid, key, text, label) =>
        change({ ...body, steps: withStep(body.steps, uid, (step) => patched(step, { [key]: text })) }, label)} />
    </div>
  );
}

function Steps({ steps, at, document, onChange }: {
  steps: readonly Step[];
  at: string;
  document: string;
  onChange: (uid: string, key: string, text: string, label: string) => void;
}) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  return (
    <ol className={styles.steps}>
      {steps.map((step) => {
        const kind = KINDS.find((each) => each in step) ?? "let";
        const pointer = `${at}/${step.uid}`;
        const name = textOf(step.label, String(step[kind] ?? step.uid));
        return (
          <li key={step.uid} className={styles.step}>
            <div className={styles.stepHead}>
              <Tag tone="vio">{t(`rules.step.${kind}`)}</Tag>
              <strong>{name}</strong>
              {typeof step.over === "string" && <Tag>{t("rules.by_line")}</Tag>}
              {typeof step.as === "string" && <span className="mono">{step.as}</span>}
            </div>
            {Object.entries(FORMULAS[kind] ?? {}).filter(([key]) => typeof step[key] === "string").map(([key, expect]) => (
              <FormulaSlot key={key} title={name} subtitle={key} text={String(step[key])} optional={false}
                slot={slotAt(draft?.id, document, `${pointer}/${key}`, expect === "any" ? undefined : expect)}
                onChange={(text) => onChange(step.uid, key, text, t("rules.did.change", { name, part: key }))} />
            ))}
            {step.do && <Steps steps={step.do} at={`${pointer}/do`} document={document} onChange={onChange} />}
            {step.otherwise && <Steps steps={step.otherwise} at={`${pointer}/otherwise`} document={document} onChange={onChange} />}
          </li>
        );
      })}
    </ol>
  );
}
