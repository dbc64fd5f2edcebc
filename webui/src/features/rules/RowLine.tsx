import { Dropdown, Input, Switch } from "antd";
import { Ellipsis, FlaskConical, GripVertical } from "lucide-react";
import { useState, type DragEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { currentLanguage } from "@/lib/i18n";
import type { Label } from "@/lib/wire";
import { useDraft } from "@/render/builder/draft";
import type { DraftDocument } from "@/render/builder/draftApi";
import { Conditions } from "@/render/conditions/Conditions";
import { FormulaSlot } from "@/render/formula/FormulaSlot";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import { Tag } from "@/ui/Tag";
import { AudienceCell } from "./AudienceCell";
import styles from "./DecisionTable.module.css";
import { before, rowState, type Factor, type FactorRow, type RulesBody } from "./rulesModel";
import { slotAt, textOf } from "./shared";
import { useFieldOf } from "./useFieldOf";
import { ValidityCell } from "./ValidityCell";

type Cell = "when" | "value" | "valid";
type Values = Partial<Record<keyof FactorRow, unknown>>;

/** One rule: name, condition, value, validity, audience and cap, and whether it is on. */
export function RowLine({ row, factor, pointer, body, document, isClashing, isFresh, onChange, onRemove, onAdd, onMove, onTry, onDropBefore }: {
  row: FactorRow;
  factor: Factor;
  pointer: string;
  body: RulesBody;
  document: DraftDocument;
  isClashing: boolean;
  /** Just made: its name is edited first. */
  isFresh: boolean;
  onChange: (values: Values, label: string, gesture?: string) => void;
  onRemove: () => void;
  onAdd: () => void;
  onMove: (way: -1 | 1) => void;
  /** Look at what this rule does, on a day on which it counts. */
  onTry: () => void;
  onDropBefore: (event: DragEvent) => void;
}) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const name = textOf(row.label, t("rules.unnamed"));
  // A rule is written from left to right: Enter in a cell opens the next one.
  const [cell, setCell] = useState<Cell | null>(null);
  const toCell = (next: Cell | null) => setCell(next);
  const openOf = (which: Cell) => ({ isOpen: cell === which, onOpen: (isOpen: boolean) => toCell(isOpen ? which : cell === which ? null : cell) });
  const fieldOf = useFieldOf(body.for, factor.over);
  const state = rowState(row.uid, document.differences);
  const was = before(row.uid, "value", document.differences);
  const slot = (part: string, expect?: string) => slotAt(draft?.id, document.key, `${pointer}/${part}`, expect);
  const did = (part: string) => t("rules.did.change", { name, part });
  const drag = (event: DragEvent) => {
    event.dataTransfer.setData("text/x-rule", `${factor.uid} ${row.uid}`);
    event.dataTransfer.effectAllowed = "move";
  };
  const keys = (event: KeyboardEvent) => {
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      onMove(event.key === "ArrowUp" ? -1 : 1);
    } else if (event.ctrlKey && event.key === "ArrowDown") {
      event.preventDefault();
      onAdd();
    }
  };
  return (
    <div
      className={cx(styles.row, isClashing && styles.clash, state !== "same" && styles.edited, row.off && styles.off)}
      role="group"
      aria-label={name}
      onKeyDown={keys}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => { event.stopPropagation(); onDropBefore(event); }}
    >
      <span className={styles.grip} draggable onDragStart={drag} title={t("rules.drag")}><GripVertical size={14} strokeWidth={1.75} aria-hidden /></span>
      <span className={styles.title}>
        <NameCell row={row} isFresh={isFresh} onDone={() => toCell("when")} onChange={(label) => onChange({ label }, did(t("rules.rule")), `${row.uid}.label`)} />
        {state === "new" && <Tag tone="ok">{t("rules.new")}</Tag>}
        {state === "changed" && <Tag tone="pri">{t("rules.edited")}</Tag>}
      </span>
      <Conditions text={row.when ?? ""} slot={slot("when", "boolean")} fieldOf={fieldOf} title={t("rules.when_of", { name })}
        always={t("rules.always")} isAdding={cell === "when"} onAdding={openOf("when").onOpen} onDone={() => toCell("value")} onChange={(when) => onChange({ when }, did(t("rules.when")))} />
      <span className={cx(styles.value, styles.right)}>
        {typeof was === "string" && was !== row.value && <del className={styles.was}>{was}</del>}
        <ValueCell row={row} isOpen={cell === "value"} onDone={() => toCell(isFresh ? "valid" : null)} onLeave={() => openOf("value").onOpen(false)} title={t("rules.value_of", { name })} slot={slot("value", "number")} onChange={(value) => onChange({ value }, did(t("rules.value")))} />
      </span>
      <ValidityCell row={row} {...openOf("valid")} onChange={(values) => onChange(values, did(t("rules.valid")))} />
      <AudienceCell row={row} audience={slot("audience", "boolean")} cap={slot("cap", "number")} onChange={(values) => onChange(values, did(t("rules.audience_cap")))} />
      <span className={styles.last}>
        <IconButton icon={FlaskConical} size={14} label={t("rules.try_row", { name })} onClick={onTry} />
        <Switch size="small" checked={!row.off} aria-label={t("rules.on_of", { name })} onChange={(on) => onChange({ off: on ? undefined : true }, t(on ? "rules.did.on" : "rules.did.off", { name }))} />
        <Dropdown trigger={["click"]} menu={{ items: [
          { key: "up", label: t("rules.move_up"), extra: "Alt ↑", onClick: () => onMove(-1) },
          { key: "down", label: t("rules.move_down"), extra: "Alt ↓", onClick: () => onMove(1) },
          { key: "add", label: t("rules.add_below"), extra: "Ctrl ↓", onClick: onAdd },
          { type: "divider" },
          { key: "remove", label: t("rules.remove"), danger: true, onClick: onRemove },
        ] }}>
          <span><IconButton icon={Ellipsis} size={14} label={t("action.more")} aria-haspopup="menu" /></span>
        </Dropdown>
      </span>
    </div>
  );
}

function NameCell({ row, isFresh, onDone, onChange }: { row: FactorRow; isFresh: boolean; onDone: () => void; onChange: (label: Label | string) => void }) {
  const { t } = useTranslation();
  const [isEditing, setEditing] = useState(isFresh);
  const shown = textOf(row.label);
  const put = (text: string) => {
    setEditing(false);
    if (text.trim() === shown || text.trim() === "") return;
    const spoken = currentLanguage() === "en" ? "en" : "zh";
    onChange(typeof row.label === "object" ? { ...row.label, [spoken]: text.trim() } : text.trim());
  };
  if (!isEditing) {
    return <button type="button" className={styles.rename} onClick={() => setEditing(true)}>{shown || t("rules.unnamed")}</button>;
  }
  return (
    <Input autoFocus size="small" defaultValue={shown} placeholder={t("rules.name_it")} aria-label={t("rules.rule")}
      onBlur={(event) => put(event.target.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") {
          put(event.currentTarget.value);
          onDone();
        }
        if (event.key === "Escape") setEditing(false);
      }} />
  );
}

/** A plain number is typed in place; anything else is a formula. */
function ValueCell({ row, isOpen, onDone, onLeave, title, slot, onChange }: {
  row: FactorRow;
  isOpen: boolean;
  /** Enter: the next cell is wanted. */
  onDone: () => void;
  onLeave: () => void;
  title: string;
  slot: Parameters<typeof FormulaSlot>[0]["slot"];
  onChange: (value: string) => void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const isNumber = /^-?\d*(\.\d*)?$/.test(row.value);
  const put = () => {
    const text = (draft ?? "").trim();
    setDraft(null);
    if (text && text !== row.value) onChange(text);
  };
  if (!isNumber) return <FormulaSlot title={title} text={row.value} slot={slot} optional={false} onChange={onChange} isInline />;
  return (
    <Input key={isOpen ? "open" : "closed"} autoFocus={isOpen} className={styles.number} size="small" variant={draft === null ? "borderless" : "outlined"} value={draft ?? row.value} aria-label={title}
      inputMode="decimal"
      onFocus={(event) => { setDraft(row.value); event.target.select(); }}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => { put(); onLeave(); }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") {
          event.currentTarget.blur();
          onDone();
        }
        if (event.key === "Escape") setDraft(null);
      }} />
  );
}
