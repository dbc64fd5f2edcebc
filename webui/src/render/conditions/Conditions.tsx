import { Sigma } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { toFormula, toGroup, type Condition, type Group } from "@/formula/conditions";
import type { AppField } from "@/lib/wire";
import { IconButton } from "@/ui/IconButton";
import { FormulaWords } from "../formula/FormulaWords";
import type { Slot } from "../formula/formulaApi";
import { useFormulaCheck } from "../formula/useFormulaCheck";
import { AddCondition } from "./AddCondition";
import styles from "./Conditions.module.css";
import { ConditionWords } from "./ConditionWords";
import { isWhole } from "./phrase";

const FormulaDialog = lazy(async () => ({ default: (await import("../formula/FormulaDialog")).FormulaDialog }));

/** The field of a path, as far as it is one of an entity that is offered. */
export type FieldOf = (path: string) => AppField | undefined;

/** A condition said as a sentence of tokens, each of which is changed in place; what says more opens as a formula. */
export function Conditions({ text, slot, fieldOf, title, always, isAdding, onAdding, onDone, onChange }: {
  text: string;
  slot: Slot;
  /** What is offered of a field by its path: for options and their labels. */
  fieldOf?: FieldOf;
  title: string;
  /** What stands there without a condition, such as "always". */
  always: string;
  /** Whether a further condition is being written; left out: the sentence decides by itself. */
  isAdding?: boolean;
  onAdding?: (isAdding: boolean) => void;
  /** Nothing more is to be added. */
  onDone?: () => void;
  /** "" takes the condition away. Left out: it is only read. */
  onChange?: (text: string) => void;
}) {
  const { t } = useTranslation();
  const { check, isCurrent } = useFormulaCheck(text, slot);
  const [isFormula, setFormula] = useState(false);
  // What was said here is known without asking; a condition that is not whole yet is not part of the text.
  const [said, setSaid] = useState<{ text: string; group: Group } | null>(null);
  const [begun, setBegun] = useState<{ place: number; condition: Condition } | null>(null);
  const group = useMemo<Group | null>(() => {
    if (text.trim() === "") return { joined: "and", items: [] };
    if (said?.text === text) return said.group;
    return isCurrent && check?.ast ? toGroup(check.ast, text) : null;
  }, [check, isCurrent, said, text]);
  const change = (next: Group) => {
    const formula = toFormula(next);
    setSaid({ text: formula, group: next });
    onChange?.(formula);
  };
  const items = group?.items ?? [];
  const shown = begun ? [...items.slice(0, begun.place), begun.condition, ...items.slice(begun.place + 1)] : items;
  const set = (place: number, condition: Condition | null) => {
    if (!group) return;
    if (condition && !isWhole(condition)) return setBegun({ place, condition });
    setBegun(null);
    if (condition) change({ ...group, items: [...items.slice(0, place), condition, ...items.slice(place + 1)] });
    else if (place < items.length) change({ ...group, items: items.filter((_, index) => index !== place) });
  };
  return (
    <span className={styles.sentence}>
      {text.trim() === "" && !begun && <span className={styles.always}>{always}</span>}
      {text.trim() !== "" && !group && <FormulaWords text={text} slot={slot} />}
      {group && shown.map((condition, place) => (
        <span key={place} className={styles.item}>
          {place > 0 && (
            <button type="button" className={styles.join} disabled={!onChange} onClick={() => change({ ...group, joined: group.joined === "and" ? "or" : "and" })}>
              {t(`condition.${group.joined}`)}
            </button>
          )}
          <ConditionWords key={condition.left} condition={condition} slot={slot} fieldOf={fieldOf} onChange={onChange && ((next) => set(place, next))} />
        </span>
      ))}
      {onChange && (
        <span className={styles.tools}>
          {group && (
            <AddCondition slot={slot} fieldOf={fieldOf} isOpen={isAdding} onOpen={onAdding} onDone={onDone}
              onAdd={(added) => change({ ...group, items: [...items, ...added] })}
              onBegin={(condition) => set(items.length, condition)} />
          )}
          <IconButton icon={Sigma} size={14} label={t("condition.as_formula")} onClick={() => setFormula(true)} />
        </span>
      )}
      {isFormula && (
        <Suspense fallback={null}>
          <FormulaDialog title={title} text={text} slot={{ ...slot, expect: "boolean" }} optional onClose={() => setFormula(false)}
            onSave={(next) => { setFormula(false); onChange?.(next); }} />
        </Suspense>
      )}
    </span>
  );
}
