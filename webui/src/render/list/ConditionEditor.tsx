import { Input, Select } from "antd";
import { Sigma } from "lucide-react";
import { Suspense, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Operator } from "@/fields/operators";
import { labelText } from "@/lib/i18n";
import { fieldAt, useOffer } from "@/lib/offer";
import { singleKeysAreOn } from "@/lib/shortcuts";
import type { AppEntity, AppField } from "@/lib/wire";
import { Button } from "@/ui/Button";
import styles from "./ConditionEditor.module.css";
import { comparedType, type Condition, isComplete, known } from "./conditions";

/** Edit a condition: the field first, then how it is compared, then the value. */
export function ConditionEditor({ entity, condition, onSave, onCancel, onFormula }: {
  entity: AppEntity;
  /** The one that is edited; left out for a new one. */
  condition?: Condition;
  onSave: (condition: Condition) => void;
  onCancel: () => void;
  /** Write a formula instead. */
  onFormula?: () => void;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const [draft, setDraft] = useState<Condition | null>(condition ?? null);
  const field = draft ? fieldAt(offer, entity, draft.path) : undefined;
  const begin = (path: string, chosen: AppField) =>
    setDraft({ path, operator: comparedType(chosen).operators[0]!.id, values: [] });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !event.nativeEvent.isComposing) {
      event.stopPropagation();
      onCancel();
    }
  };
  return (
    <div className={styles.editor} role="dialog" data-single-keys={singleKeysAreOn()} onKeyDown={onKeyDown}>
      {draft && field ? (
        <ValueStep entity={entity} draft={draft} field={field} onDraft={setDraft} onSave={onSave} onBack={condition ? undefined : () => setDraft(null)} />
      ) : (
        <>
          <FieldStep entity={entity} onChoose={begin} />
          {onFormula && <Button small kind="text" icon={<Sigma size={14} strokeWidth={1.75} />} onClick={onFormula}>{t("list.formula_filter")}</Button>}
        </>
      )}
    </div>
  );
}

function FieldStep({ entity, onChoose }: { entity: AppEntity; onChoose: (path: string, field: AppField) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const wanted = text.trim().toLocaleLowerCase();
  const found = entity.fields.filter(
    (field) =>
      comparedType(field).operators.length > 0 && !field.masked &&
      (!wanted || labelText(field.label).toLocaleLowerCase().includes(wanted) || field.name.includes(wanted)),
  );
  const move = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt((before) => Math.max(0, Math.min(found.length - 1, before + step)));
    }
    const chosen = found[at];
    if (event.key === "Enter" && chosen) onChoose(chosen.name, chosen);
  };
  return (
    <>
      <Input
        autoFocus
        value={text}
        placeholder={t("list.find_field")}
        aria-label={t("list.find_field")}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={move}
      />
      <ul className={styles.fields} role="listbox" aria-label={t("list.choose_field")}>
        {found.map((field, index) => (
          <li key={field.uid} role="option" aria-selected={index === at} className={styles.field} onMouseEnter={() => setAt(index)} onClick={() => onChoose(field.name, field)}>
            {labelText(field.label)}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={styles.none}>{t("list.no_field", { text })}</p>}
    </>
  );
}

function ValueStep({ entity, draft, field, onDraft, onSave, onBack }: {
  entity: AppEntity;
  draft: Condition;
  field: AppField;
  onDraft: (draft: Condition) => void;
  onSave: (condition: Condition) => void;
  onBack?: () => void;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const type = comparedType(field);
  const way = type.operators.find((each) => each.id === draft.operator) ?? type.operators[0]!;
  const complete = known(offer, entity, draft);
  const isReady = complete !== null && isComplete(complete);
  const save = () => isReady && onSave({ ...draft, values: way.takes === 0 ? [] : draft.values });
  const keeps = (next: Operator): readonly string[] => (next.takes === way.takes ? draft.values : []);
  return (
    <>
      <h3 className={styles.title}>{labelText(field.label)}</h3>
      <Select
        aria-label={t("list.choose_operator")}
        value={way.id}
        options={type.operators.map((each) => ({ value: each.id, label: t(`operator.${each.id}`) }))}
        onChange={(id) => onDraft({ ...draft, operator: id, values: keeps(type.operators.find((each) => each.id === id)!) })}
      />
      {way.takes !== 0 && (
        <Suspense fallback={<div style={{ height: 32 }} />}>
          <type.FilterEdit
            key={way.id}
            field={field}
            operator={way}
            values={draft.values}
            onChange={(values) => onDraft({ ...draft, values })}
            onDone={save}
          />
        </Suspense>
      )}
      <div className={styles.foot}>
        {onBack && <Button kind="text" small onClick={onBack}>{t("action.back")}</Button>}
        <Button kind="primary" small reason={isReady ? undefined : ""} onClick={save}>{t("action.apply")}</Button>
      </div>
    </>
  );
}
