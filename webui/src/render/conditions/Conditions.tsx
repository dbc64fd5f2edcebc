import { Popover } from "antd";
import { Plus, Sigma, X } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { operandsOf, operatorsFor, toFormula, toGroup, type Condition, type Group, type Operand } from "@/formula/conditions";
import type { AppField } from "@/lib/wire";
import { IconButton } from "@/ui/IconButton";
import { Token, type TokenKind } from "@/ui/Token";
import { FormulaWords } from "../formula/FormulaWords";
import type { Slot } from "../formula/formulaApi";
import { pathsOf, useLabels } from "../formula/names";
import { useFormulaCheck } from "../formula/useFormulaCheck";
import styles from "./Conditions.module.css";
import { FieldPicker } from "./FieldPicker";
import { operandLabel, OperandEdit } from "./OperandEdit";

const FormulaDialog = lazy(async () => ({ default: (await import("../formula/FormulaDialog")).FormulaDialog }));

/** The field of a path, as far as it is one of an entity that is offered. */
export type FieldOf = (path: string) => AppField | undefined;

/** A condition said as a sentence of tokens, each of which is changed in place; what says more opens as a formula. */
export function Conditions({ text, slot, fieldOf, title, always, onChange }: {
  text: string;
  slot: Slot;
  /** What is offered of a field by its path: for options and their labels. */
  fieldOf?: FieldOf;
  title: string;
  /** What stands there without a condition, such as "always". */
  always: string;
  /** "" takes the condition away. Left out: it is only read. */
  onChange?: (text: string) => void;
}) {
  const { t } = useTranslation();
  const { check } = useFormulaCheck(text, slot);
  const [isFormula, setFormula] = useState(false);
  const group = useMemo<Group | null>(() => {
    if (text.trim() === "") return { joined: "and", items: [] };
    return check?.ast ? toGroup(check.ast, text) : null;
  }, [check, text]);
  const change = (next: Group) => onChange?.(toFormula(next));
  const set = (place: number, condition: Condition | null) => {
    if (!group) return;
    const items = group.items.flatMap((each, index) => (index === place ? (condition ? [condition] : []) : [each]));
    change({ ...group, items });
  };
  return (
    <span className={styles.sentence}>
      {text.trim() === "" && <span className={styles.always}>{always}</span>}
      {text.trim() !== "" && !group && <FormulaWords text={text} slot={slot} />}
      {group?.items.map((condition, place) => (
        <span key={place} className={styles.item}>
          {place > 0 && (
            <button type="button" className={styles.join} disabled={!onChange} onClick={() => change({ ...group, joined: group.joined === "and" ? "or" : "and" })}>
              {t(`condition.${group.joined}`)}
            </button>
          )}
          <ConditionWords condition={condition} slot={slot} fieldOf={fieldOf} onChange={onChange && ((next) => set(place, next))} />
        </span>
      ))}
      {onChange && (
        <span className={styles.tools}>
          {group && <AddCondition slot={slot} onAdd={(condition) => change({ ...group, items: [...group.items, condition] })} />}
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

function tokenKind(left: string): TokenKind {
  return left.includes(".") ? "relation" : "field";
}

function ConditionWords({ condition, slot, fieldOf, onChange }: {
  condition: Condition;
  slot: Slot;
  fieldOf?: FieldOf;
  onChange?: (next: Condition | null) => void;
}) {
  const { t } = useTranslation();
  const labels = useLabels(slot, condition.left);
  const [path] = pathsOf(condition.left);
  const label = path && path.end === condition.left.length ? labels(path.names) : null;
  const field = path && fieldOf?.(path.names.join("."));
  const [open, setOpen] = useState<"operator" | "value" | null>(null);
  const takes = operandsOf(condition.operator);
  const setOperand = (right: Operand[]) => onChange?.({ ...condition, right });
  return (
    <>
      <Token kind={tokenKind(condition.left)}>{label ?? condition.left}</Token>
      <Popover
        open={open === "operator" && onChange !== undefined}
        onOpenChange={(isOpen) => setOpen(isOpen ? "operator" : null)}
        trigger="click"
        destroyOnHidden
        content={
          <ul className={styles.menu}>
            {operatorsFor(condition.leftKind).map((each) => (
              <li key={each}>
                <button type="button" aria-current={each === condition.operator || undefined} onClick={() => {
                  setOpen(operandsOf(each) === 0 ? null : "value");
                  onChange?.({ ...condition, operator: each, right: fitting(condition.right, each, condition) });
                }}>{t(`condition.is.${each}`)}</button>
              </li>
            ))}
          </ul>
        }
      >
        <span><Token kind="operator" onClick={onChange && (() => setOpen("operator"))}>{t(`condition.is.${condition.operator}`)}</Token></span>
      </Popover>
      {takes !== 0 && (
        <Popover
          open={open === "value" && onChange !== undefined}
          onOpenChange={(isOpen) => setOpen(isOpen ? "value" : null)}
          trigger="click"
          destroyOnHidden
          content={
            <OperandEdit kind={condition.leftKind} operands={condition.right} takes={takes} field={field} onChange={setOperand} onDone={() => setOpen(null)} />
          }
        >
          <span>
            <Token kind="literal" onClick={onChange && (() => setOpen("value"))}>
              {condition.right.map((each) => operandLabel(each, field)).join(t("condition.list")) || t("condition.choose")}
            </Token>
          </span>
        </Popover>
      )}
      {onChange && (
        <button type="button" className={styles.remove} aria-label={t("condition.remove", { name: label ?? condition.left })} onClick={() => onChange(null)}>
          <X size={12} strokeWidth={1.75} aria-hidden />
        </button>
      )}
    </>
  );
}

/** The operands that another operator can keep. */
function fitting(right: Operand[], operator: Condition["operator"], { leftKind }: Condition): Operand[] {
  const takes = operandsOf(operator);
  if (takes === 0) return [];
  const empty: Operand = { sort: "constant", kind: leftKind, value: "" };
  const wanted = takes ?? Math.max(1, right.length);
  return Array.from({ length: wanted }, (_, place) => right[place] ?? empty);
}

function AddCondition({ slot, onAdd }: { slot: Slot; onAdd: (condition: Condition) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      open={isOpen}
      onOpenChange={setOpen}
      trigger="click"
      destroyOnHidden
      content={
        <FieldPicker slot={slot} onChoose={(path, type) => {
          setOpen(false);
          const [operator = "filled"] = operatorsFor(type.kind as Condition["leftKind"]);
          const leftKind = type.kind as Condition["leftKind"];
          onAdd({ left: path, leftKind, operator, right: fitting([], operator, { left: path, leftKind, operator, right: [] }) });
        }} />
      }
    >
      <span><IconButton icon={Plus} size={14} label={t("condition.add")} onClick={() => setOpen(true)} /></span>
    </Popover>
  );
}
