import { Input, Popover } from "antd";
import { Search, SlidersHorizontal } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { inText, labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { listText } from "@/lib/problems";
import { useSettled } from "@/lib/time";
import type { AppEntity } from "@/lib/wire";
import { AddChip, Chip } from "@/ui/Chip";
import { IconButton } from "@/ui/IconButton";
import { ConditionEditor } from "./ConditionEditor";
import { type Condition, known, type KnownCondition } from "./conditions";
import styles from "./FilterBar.module.css";
import { WhereChip } from "./WhereChip";
import type { ListState } from "./useListState";

/** Chips of the conditions, search, and what stands right of them. */
export function FilterBar({ entity, state, isAdding, onAdding, isSearching, onSearching, children }: {
  entity: AppEntity;
  state: ListState;
  isAdding: boolean;
  onAdding: (open: boolean) => void;
  isSearching: boolean;
  onSearching: (open: boolean) => void;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const { conditions, setConditions } = state;
  const adder = useRef<HTMLButtonElement>(null);
  const replace = (index: number, next: Condition | null) =>
    setConditions(conditions.flatMap((each, place) => (place === index ? (next ? [next] : []) : [each])));
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("list.filter_short")}>
      <div className={styles.chips}>
        {conditions.map((condition, index) => {
          const found = known(offer, entity, condition);
          return found && (
            <ConditionChip key={index} entity={entity} condition={found} onChange={(next) => replace(index, next)} />
          );
        })}
        {state.where && <WhereChip text={state.where} onChange={state.setWhere} />}
        <Popover
          open={isAdding}
          onOpenChange={onAdding}
          trigger="click"
          placement="bottomLeft"
          destroyOnHidden
          content={
            <ConditionEditor
              entity={entity}
              onFormula={() => {
                onAdding(false);
                state.setWhere(state.where || "TRUE");
              }}
              onCancel={() => {
                onAdding(false);
                adder.current?.focus();
              }}
              onSave={(condition) => {
                setConditions([...conditions, condition]);
                onAdding(false);
                adder.current?.focus();
              }}
            />
          }
        >
          <AddChip ref={adder} aria-haspopup="dialog" aria-expanded={isAdding}>{t("list.add_filter")}</AddChip>
        </Popover>
      </div>
      <SearchField entity={entity} state={state} isOpen={isSearching || state.search !== ""} onOpen={onSearching} />
      {children}
    </div>
  );
}

/** What the values of a condition read like. */
function ConditionValue({ condition }: { condition: KnownCondition }) {
  const { t } = useTranslation();
  const { field, type, way, values } = condition;
  if (type.FilterValue) return <type.FilterValue field={field} values={values} />;
  const texts = values.map((value) => type.text(value, field, {}) || value);
  if (way.takes === 2) return t("operator.range", { from: texts[0] ?? "", to: texts[1] ?? "" });
  return texts.length > 1 ? listText(texts) : texts[0];
}

function ConditionChip({ entity, condition, onChange }: {
  entity: AppEntity;
  condition: KnownCondition;
  onChange: (next: Condition | null) => void;
}) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const name = labelText(condition.field.label);
  const edit = { onClick: () => setOpen(true), label: t("list.edit_filter", { field: name }) };
  const editor = (
    <ConditionEditor
      entity={entity}
      condition={condition}
      onCancel={() => setOpen(false)}
      onSave={({ path, operator, values }) => {
        onChange({ path, operator, values });
        setOpen(false);
      }}
    />
  );
  return (
    <Popover open={isOpen} onOpenChange={(open) => !open && setOpen(false)} trigger="click" placement="bottomLeft" destroyOnHidden content={editor}>
      <Chip
        field={{ text: name }}
        operator={{ text: t(`operator.${condition.operator}`), ...edit }}
        value={condition.way.takes === 0 ? undefined : { text: <ConditionValue condition={condition} />, ...edit }}
        onRemove={() => onChange(null)}
        removeLabel={t("list.remove_filter", { field: name })}
      />
    </Popover>
  );
}

function SearchField({ entity, state, isOpen, onOpen }: {
  entity: AppEntity;
  state: ListState;
  isOpen: boolean;
  onOpen: (open: boolean) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(state.search);
  const [seen, setSeen] = useState(state.search);
  const composing = useRef(false);
  // Back and forward change the address under the field.
  if (state.search !== seen) {
    setSeen(state.search);
    setText(state.search);
  }
  const settled = useSettled(text, 250);
  const { search, setSearch } = state;
  useEffect(() => {
    if (!composing.current && settled === text && settled !== search) {
      setSeen(settled);
      setSearch(settled, { replace: true });
    }
  }, [settled, text, search, setSearch]);
  const label = t("list.search", { what: inText(entity.label) });
  if (!isOpen) return <IconButton icon={Search} label={label} keys="/" onClick={() => onOpen(true)} />;
  return (
    <Input
      className={styles.search}
      size="small"
      autoFocus={state.search === ""}
      allowClear
      value={text}
      prefix={<Search size={14} strokeWidth={1.75} aria-hidden />}
      placeholder={label}
      aria-label={label}
      data-list-search=""
      onChange={(event) => setText(event.target.value)}
      onCompositionStart={() => (composing.current = true)}
      onCompositionEnd={() => (composing.current = false)}
      onBlur={() => text === "" && onOpen(false)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
        event.stopPropagation();
        setText("");
        setSearch("");
        onOpen(false);
      }}
    />
  );
}

/** The icon of the columns' menu. */
export const ColumnsIcon = SlidersHorizontal;
