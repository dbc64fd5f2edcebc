import { DatePicker, Input, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Kind } from "@/formula";
import type { Operand } from "@/formula/conditions";
import { optionsOf } from "@/fields/select/options";
import { labelText } from "@/lib/i18n";
import type { AppField } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { focusInput } from "@/ui/focus";
import styles from "./Conditions.module.css";

/** An operand for people: an option by its label, a text by itself, a formula as it is written. */
export function operandLabel(operand: Operand, field: AppField | undefined): string {
  if (operand.sort === "formula") return operand.text;
  const option = choicesOf(field).find((each) => each.value === operand.value);
  return option ? option.label : operand.value;
}

function choicesOf(field: AppField | undefined): { value: string; label: string }[] {
  if (!field) return [];
  return optionsOf(field).map((each) => ({ value: each.value, label: labelText(each.label) || each.value }));
}

/** The values of a condition, edited as their kind wants: options, days, numbers, texts. Enter ends it. */
export function OperandEdit({ kind, operands, takes, field, onChange, onDone }: {
  kind: Kind;
  operands: readonly Operand[];
  /** null: one or more. */
  takes: number | null;
  field?: AppField;
  onChange: (operands: Operand[]) => void;
  onDone: () => void;
}) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<string[]>(() => operands.map((each) => (each.sort === "constant" ? each.value : each.text)));
  const formulas = operands.map((each) => each.sort === "formula");
  const options = choicesOf(field);
  const made = (value: string, isFormula: boolean): Operand => (isFormula ? { sort: "formula", text: value } : { sort: "constant", kind, value });
  const commit = (values: string[], isDone = true) => {
    setDraft(values);
    onChange(values.map((value, place) => made(value, formulas[place] ?? false)));
    if (isDone) onDone();
  };
  const label = t("condition.value");
  if (options.length > 0) {
    const many = takes === null;
    return (
      <Select
        autoFocus
        defaultOpen
        className={styles.operand}
        mode={many ? "multiple" : undefined}
        options={options}
        value={many ? draft.filter(Boolean) : draft[0] || undefined}
        aria-label={label}
        onChange={(value: string | string[]) => commit([value].flat(), !many)}
      />
    );
  }
  if (takes === null) {
    return (
      <Select autoFocus className={styles.operand} mode="tags" open={false} value={draft.filter(Boolean)} aria-label={label}
        tokenSeparators={[",", "，", "、"]} onChange={(values: string[]) => commit(values, false)} />
    );
  }
  const place = (index: number, value: string) => draft.map((each, at) => (at === index ? value : each));
  return (
    <form className={styles.operands} onSubmit={(event) => { event.preventDefault(); commit(draft); }}>
      {Array.from({ length: takes }, (_, index) =>
        kind === "date" && !formulas[index] ? (
          <DatePicker key={index} autoFocus={index === 0} aria-label={label} value={draft[index] ? dayjs(draft[index]) : null}
            onChange={(value) => commit(place(index, value ? value.format("YYYY-MM-DD") : ""), takes === 1)} />
        ) : (
          <Input key={index} ref={index === 0 ? focusInput : undefined} aria-label={label} value={draft[index] ?? ""}
            inputMode={kind === "number" ? "decimal" : undefined}
            onChange={(event) => setDraft(place(index, event.target.value))} />
        ),
      )}
      <Button small submit kind="primary" reason={isComplete(draft, kind, formulas) ? undefined : t("condition.number_wanted")}>{t("action.done")}</Button>
    </form>
  );
}

function isComplete(values: readonly string[], kind: Kind, formulas: readonly boolean[]): boolean {
  return values.every((value, place) => formulas[place] || kind !== "number" || /^-?\d+(\.\d+)?$/.test(value.trim()));
}

