import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { textOf } from "@/render/builder/words";
import { cx } from "@/ui/cx";
import { AddStep } from "./AddStep";
import styles from "./Canvas.module.css";
import { useCanvas } from "./CanvasContext";
import { Card } from "./Card";
import { useDesigner } from "./designer";
import { blocksOf, errorBlockOf, isBranchList, type Block, type Step } from "./flowModel";
import { stepIcon, toneOf } from "./icons";
import { failureText, stepName, summaryOf } from "./summaries";

/** The steps of a block, one below the other: a list with levels in reading order; lines and places are decoration. */
export function Steps({ steps, block, label }: { steps: readonly Step[]; block: string; label: string }) {
  return (
    <ol className={styles.steps} aria-label={label}>
      <li className={styles.slot}><AddStep block={block} at={0} /></li>
      {steps.map((step, place) => (
        <li key={step.uid} className={styles.slot}>
          <OneStep step={step} pointer={`${block}/${step.uid}`} />
          <AddStep block={block} at={place + 1} />
        </li>
      ))}
    </ol>
  );
}

function OneStep({ step, pointer }: { step: Step; pointer: string }) {
  const { t } = useTranslation();
  const designer = useDesigner();
  const { edit, markOf } = useCanvas();
  const kind = designer.kinds.step(step.do);
  const blocks = blocksOf(step, pointer, kind);
  const error = errorBlockOf(step, pointer);
  const branchKey = Object.entries(kind?.schema ?? {}).find(([, schema]) => isBranchList(schema))?.[0];
  const shown = blocks.filter((each) => each.isBranch || each.steps.length > 0 || !branchKey || each.key === "otherwise" || edit);
  return (
    <>
      <div className={cx(styles.row, error && styles.withError)}>
        <div className={styles.middle}>
          <Card pointer={pointer} icon={stepIcon(step.do, kind?.category ?? "")} tone={toneOf(kind?.category ?? "")} kind={kind ? labelText(kind.label) : step.do}
            name={stepName(step, designer)} summary={summaryOf(step, designer, t)} note={failureText(step, t)} mark={markOf(pointer, step)} canMove={edit !== undefined} />
          {error && <span className={styles.tail} aria-hidden />}
        </div>
        {error && (
          <div className={styles.error}>
            <span className={styles.branchName}>{t("flows.when_failed")}</span>
            <Steps steps={error.steps} block={error.pointer} label={t("flows.when_failed")} />
          </div>
        )}
      </div>
      {shown.length > 0 && (
        <div className={cx(styles.branches, shown.length === 1 && styles.single)}>
          {shown.map((each) => <Branch key={each.pointer} block={each} />)}
          {edit && branchKey && (
            <button type="button" className={styles.addBranch} onClick={() => edit.addBranch(pointer, branchKey)} aria-label={t("flows.add_branch")} title={t("flows.add_branch")}>
              <Plus size={14} strokeWidth={2} aria-hidden />
            </button>
          )}
        </div>
      )}
    </>
  );
}

function Branch({ block }: { block: Block }) {
  const { t, i18n } = useTranslation();
  const { markOf } = useCanvas();
  const key = `flows.block.${block.key}`;
  const otherwise = block.isBranch ? (block.when ?? t("flows.branch")) : i18n.exists(key) ? t(key as "flows.block.otherwise") : block.key;
  const name = textOf(block.label, otherwise);
  const mark = markOf(block.pointer, null);
  return (
    <div className={cx(styles.branch, mark?.state === "taken" && styles.taken)}>
      <span className={styles.branchName} title={block.when}>{name}</span>
      <Steps steps={block.steps} block={block.pointer} label={name} />
      <span className={styles.tail} aria-hidden />
    </div>
  );
}
