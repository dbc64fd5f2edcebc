import { Input } from "antd";
import { Search } from "lucide-react";
import { useEffect, useEffectEvent, useMemo, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { optionsOf } from "@/fields/select/options";
import { operatorsFor, type Condition, type Operator } from "@/formula/conditions";
import { labelText } from "@/lib/i18n";
import { focusInput } from "@/ui/focus";
import { Kbd } from "@/ui/Kbd";
import { Token } from "@/ui/Token";
import type { FormulaType, Slot } from "../formula/formulaApi";
import { NamesTree } from "../formula/NamesTree";
import { useNames } from "../formula/names";
import type { FieldOf } from "./Conditions";
import styles from "./Conditions.module.css";
import { operandLabel } from "./OperandEdit";
import { conditionOf, readPhrase, readPhrases, type OperatorWord } from "./phrase";

const OPERATORS: readonly Operator[] = [...new Set((["text", "number", "boolean"] as const).flatMap(operatorsFor))];

/** A condition typed as a sentence, such as "paid > 500", or a field chosen, also behind references. */
export function FieldPicker({ slot, fieldOf, onAdd, onChoose, onDone }: {
  slot: Slot;
  fieldOf?: FieldOf;
  onAdd: (conditions: Condition[]) => void;
  onChoose: (path: string, type: FormulaType) => void;
  /** Enter on nothing. */
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const { data } = useNames(slot);
  const members = useMemo(() => data?.members ?? [], [data]);
  const words = useMemo(() => OPERATORS.map<OperatorWord>((each) => [t(`condition.is.${each}`), each]), [t]);
  const optionsFor = (path: string) => {
    const field = fieldOf?.(path);
    return field ? optionsOf(field).map((each) => ({ value: each.value, label: labelText(each.label) || each.value })) : [];
  };
  const said = readPhrases(text, members, words)?.map((each) => conditionOf(each, optionsFor(each.member.name))) ?? null;
  const [first] = said ? [] : [readPhrase(text, members, words)];
  const add = () => {
    if (!said) return;
    onAdd(said);
    setText("");
  };
  // Who types faster than the names come has asked already.
  const [isAsked, setAsked] = useState(false);
  const take = useEffectEvent(() => {
    setAsked(false);
    if (said) add();
    else if (first) onChoose(first.member.name, first.member.type);
  });
  useEffect(() => {
    if (isAsked && data) take();
  }, [data, isAsked]);
  const keys = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    if (text.trim() === "") onDone();
    else if (!data) setAsked(true);
    else if (said) add();
    else if (first) onChoose(first.member.name, first.member.type);
  };
  return (
    <div className={styles.picker}>
      <Input
        ref={focusInput}
        prefix={<Search size={14} strokeWidth={1.75} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={keys}
        placeholder={t("condition.type_it")}
        aria-label={t("condition.type_it")}
      />
      {said && (
        <button type="button" className={styles.hit} onClick={add}>
          {said.map((each, index) => (
            <span key={index} className={styles.item}>
              {index > 0 && t("condition.and")}
              <Token kind="field">{labelText(members.find((member) => member.name === each.left)?.label) || each.left}</Token>
              <Token kind="operator">{t(`condition.is.${each.operator}`)}</Token>
              {each.right.length > 0 && <Token kind="literal">{each.right.map((one) => operandLabel(one, fieldOf?.(each.left))).join(t("condition.list"))}</Token>}
            </span>
          ))}
          <Kbd keys="Enter" />
        </button>
      )}
      {!said && <NamesTree slot={slot} search={first && first.operator === null ? text : ""} onChoose={onChoose} />}
    </div>
  );
}
