import { Popover } from "antd";
import { X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { operandsOf, operatorsFor, type Condition } from "@/formula/conditions";
import { focusWhenShown } from "@/ui/focus";
import { Token, type TokenKind } from "@/ui/Token";
import { pathsOf, useLabels } from "../formula/names";
import type { Slot } from "../formula/formulaApi";
import styles from "./Conditions.module.css";
import type { FieldOf } from "./Conditions";
import { operandLabel, OperandEdit } from "./OperandEdit";
import { fitting, isWhole } from "./phrase";

function tokenKind(left: string): TokenKind {
  return left.includes(".") ? "relation" : "field";
}

/** One condition as tokens: the field, an operator of its kind, values of its kind; each opens its own editor. */
export function ConditionWords({ condition, slot, fieldOf, onChange }: {
  condition: Condition;
  slot: Slot;
  fieldOf?: FieldOf;
  /** Left out: it is only read. null takes it away. */
  onChange?: (next: Condition | null) => void;
}) {
  const { t } = useTranslation();
  const labels = useLabels(slot, condition.left);
  const [path] = pathsOf(condition.left);
  const label = (path && path.end === condition.left.length ? labels(path.names) : null) ?? condition.left;
  const field = path && fieldOf?.(path.names.join("."));
  const takes = operandsOf(condition.operator);
  // What is still to be chosen is asked for at once.
  const [open, setOpen] = useState<"operator" | "value" | null>(() => (onChange && !isWhole(condition) ? "value" : null));
  const said = condition.right.map((each) => operandLabel(each, field)).filter(Boolean).join(t("condition.list"));
  return (
    <>
      <Token kind={tokenKind(condition.left)}>{label}</Token>
      <Popover
        open={open === "operator" && onChange !== undefined}
        onOpenChange={(isOpen) => setOpen(isOpen ? "operator" : null)}
        trigger="click"
        destroyOnHidden
        content={
          <ul className={styles.menu} aria-label={t("condition.operator_of", { name: label })}>
            {operatorsFor(condition.leftKind).map((each) => (
              <li key={each}>
                <button type="button" ref={each === condition.operator ? focusWhenShown : undefined} aria-current={each === condition.operator || undefined} onClick={() => {
                  const right = fitting(condition.right, each, condition.leftKind);
                  setOpen(isWhole({ ...condition, operator: each, right }) ? null : "value");
                  onChange?.({ ...condition, operator: each, right });
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
            <OperandEdit kind={condition.leftKind} operands={condition.right} takes={takes} field={field} onChange={(right) => onChange?.({ ...condition, right })} onDone={() => setOpen(null)} />
          }
        >
          <span><Token kind={said ? "literal" : "number"} onClick={onChange && (() => setOpen("value"))}>{said || t("condition.choose")}</Token></span>
        </Popover>
      )}
      {onChange && (
        <button type="button" className={styles.remove} aria-label={t("condition.remove", { name: label })} onClick={() => onChange(null)}>
          <X size={12} strokeWidth={1.75} aria-hidden />
        </button>
      )}
    </>
  );
}
