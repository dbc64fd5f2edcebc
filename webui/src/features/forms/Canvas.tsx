import { useDraggable, useDroppable } from "@dnd-kit/core";
import { Copy, Eye, EyeOff, GripVertical, Trash2 } from "lucide-react";
import { Fragment, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ValueEdit } from "@/fields/ValueEdit";
import { labelText } from "@/lib/i18n";
import type { AppField } from "@/lib/wire";
import { fieldIcon } from "@/render/builder/fieldTypes";
import { LabelEdit } from "@/render/builder/LabelEdit";
import { textOf, withText } from "@/render/builder/words";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import { Tag } from "@/ui/Tag";
import type { BoardProps, FreshField } from "./FormBoard";
import { itemKey, withItem, withSection, type ItemBody, type Place, type SectionBody } from "./formModel";
import styles from "./FormPage.module.css";
import type { FormPreview, Outcome } from "./previewApi";

interface CanvasProps extends BoardProps {
  byName: ReadonlyMap<string, AppField>;
  preview: FormPreview | undefined;
  target: Place | null;
  fresh: FreshField | null;
  onName: (label: string | null) => void;
  acts: { move: (way: -1 | 1) => void; copy: () => void; remove: () => void };
}

/** The form as people will see it; what a condition hides stays, with a mark. */
export function Canvas(props: CanvasProps) {
  const { body, selected, onSelect, acts } = props;
  const [renamed, setRenamed] = useState("");
  const board = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!selected || !board.current?.contains(document.activeElement)) return;
    board.current.querySelector<HTMLElement>(`[data-piece="${CSS.escape(selected)}"]`)?.focus();
  }, [selected, body]);
  /** A label that was edited gives the focus back to its piece. */
  const rename = (key: string) => {
    const before = renamed;
    setRenamed(key);
    if (key === "" && before) requestAnimationFrame(() => board.current?.querySelector<HTMLElement>(`[data-piece="${CSS.escape(before)}"]`)?.focus());
  };
  const keys = (event: KeyboardEvent) => {
    if (!(event.target instanceof HTMLElement) || event.target.dataset.piece === undefined) return;
    const all = body.sections.flatMap((section) => [section.uid, ...section.items.map((item) => itemKey(section.uid, item.uid))]);
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key] as -1 | 1 | undefined;
    if (way && event.altKey) acts.move(way);
    else if (way) onSelect(all[all.indexOf(event.target.dataset.piece) + way] ?? selected);
    else if (event.key === "Enter" || event.key === "F2") setRenamed(event.target.dataset.piece);
    else if (event.key === "Delete" || event.key === "Backspace") acts.remove();
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") acts.copy();
    else if (event.key === "Escape") onSelect("");
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.board} ref={board} onKeyDown={keys}>
      {body.sections.map((section) => <SectionBox key={section.uid} {...props} section={section} renamed={renamed} onRename={rename} />)}
    </div>
  );
}

type BoxProps = CanvasProps & { section: SectionBody; renamed: string; onRename: (key: string) => void };

function SectionBox(props: BoxProps) {
  const { t } = useTranslation();
  const { body, section, selected, onSelect, change, preview, target, fresh, onName, renamed, onRename } = props;
  const isFresh = (at: number) => fresh?.place.section === section.uid && fresh.place.at === at;
  const { setNodeRef } = useDroppable({ id: `end:${section.uid}` });
  const name = textOf(section.label, t("forms.no_label"));
  const put = (text: string | null) => {
    onRename("");
    if (text !== null) change(withSection(body, section.uid, (each) => ({ ...each, label: withText(each.label, text) })), t("forms.did.label", { name }));
  };
  return (
    <section className={styles.section} aria-label={name}>
      <header className={cx(styles.sectionHead, selected === section.uid && styles.here)} data-piece={section.uid} tabIndex={0} role="group" aria-label={name}
        onFocus={(event) => event.target === event.currentTarget && onSelect(section.uid)} onClick={() => onSelect(section.uid)} onDoubleClick={() => onRename(section.uid)}>
        {renamed === section.uid ? <LabelEdit text={textOf(section.label)} title={t("forms.label")} onDone={put} /> : <h2 className={cx(styles.title, !section.label && styles.quiet)}>{name}</h2>}
        {section.tab && <Tag>{t("forms.on_tab", { name: textOf(section.tab) })}</Tag>}
        {section.collapsed && <Tag>{t("forms.collapsed")}</Tag>}
        {section.visible && <ConditionMark outcome={preview?.sections[section.uid]?.visible} />}
      </header>
      <div className={styles.grid}>
        {section.items.map((item, index) => (
          <Fragment key={item.uid}>
            {isFresh(index) && <FreshBox type={fresh?.type ?? ""} onName={onName} />}
            <ItemBox {...props} item={item}
              line={target?.section !== section.uid ? null : target.at === index ? "before" : target.at === section.items.length && index === section.items.length - 1 ? "after" : null} />
          </Fragment>
        ))}
        {isFresh(section.items.length) && <FreshBox type={fresh?.type ?? ""} onName={onName} />}
        <div ref={setNodeRef} className={cx(styles.end, section.items.length === 0 && styles.empty, section.items.length === 0 && target?.section === section.uid && styles.taking)}>
          {section.items.length === 0 && t("forms.drop_here")}
        </div>
      </div>
    </section>
  );
}

/** A field that is about to be: it asks for its name. */
function FreshBox({ type, onName }: { type: string; onName: (label: string | null) => void }) {
  const { t } = useTranslation();
  const Icon = fieldIcon(type);
  return (
    <div className={styles.cell} style={{ gridColumn: "span 6" }}>
      <div className={cx(styles.item, styles.here, styles.freshItem)}>
        <Icon size={16} strokeWidth={1.75} aria-hidden />
        <LabelEdit text="" title={t("forms.name_field")} placeholder={t("forms.name_field")} onDone={onName} />
      </div>
    </div>
  );
}

/** Whether a condition lets it be seen for this record. */
function ConditionMark({ outcome }: { outcome: Outcome | undefined }) {
  const { t } = useTranslation();
  const isHidden = outcome === false;
  return <Tag tone="vio" icon={isHidden ? <EyeOff size={12} aria-hidden /> : <Eye size={12} aria-hidden />}>{t(isHidden ? "forms.hidden_now" : "forms.conditional")}</Tag>;
}

function ItemBox({ body, section, item, line, selected, onSelect, change, byName, preview, acts, renamed, onRename }: BoxProps & { item: ItemBody; line: "before" | "after" | null }) {
  const { t } = useTranslation();
  const key = itemKey(section.uid, item.uid);
  const drag = useDraggable({ id: key });
  const drop = useDroppable({ id: key });
  const field = byName.get(item.field);
  const name = textOf(item.label) || labelText(field?.label) || item.field;
  const shown = preview?.items[item.uid];
  const isSelected = selected === key;
  const put = (text: string | null) => {
    onRename("");
    if (text !== null) change(withItem(body, section.uid, item.uid, (each) => ({ ...each, label: withText(each.label, text) })), t("forms.did.label", { name }));
  };
  const ids = { id: `form-${item.uid}` };
  const isRequired = field?.required || shown?.required === true;
  let value: ReactNode = <span className={styles.gone}>{t("forms.gone", { name: item.field })}</span>;
  if (field) value = <ValueEdit field={field} value={shown?.value ?? null} onChange={() => undefined} ids={ids} />;
  return (
    <div ref={drop.setNodeRef} className={cx(styles.cell, line && styles[line], drag.isDragging && styles.lifted)} style={{ gridColumn: `span ${item.width ?? 6}` }}>
      <div className={cx(styles.item, isSelected && styles.here, shown?.visible === false && styles.hidden)} data-piece={key} tabIndex={0} role="group" aria-label={name}
        onFocus={(event) => event.target === event.currentTarget && onSelect(key)} onClick={() => onSelect(key)} onDoubleClick={() => onRename(key)}>
        <div className={styles.itemHead}>
          {renamed === key ? <LabelEdit text={name} title={t("forms.label")} onDone={put} /> : <span className={styles.label}>{name}{isRequired && <span className={styles.star} aria-hidden> *</span>}</span>}
          {isSelected && <span className={styles.code}>{item.field}</span>}
          {item.visible && <ConditionMark outcome={shown?.visible} />}
          {item.read_only && <Tag>{t("forms.read_only_if")}</Tag>}
        </div>
        <div className={styles.value} inert aria-hidden>{value}</div>
      </div>
      <span className={cx(styles.handles, isSelected && styles.shown)}>
        <button type="button" ref={drag.setNodeRef} {...drag.attributes} {...drag.listeners} className={styles.handle} aria-label={t("entities.drag", { name })}>
          <GripVertical size={14} strokeWidth={1.75} aria-hidden />
        </button>
        <IconButton icon={Copy} size={14} label={t("forms.duplicate")} keys="mod+d" onClick={acts.copy} />
        <IconButton icon={Trash2} size={14} label={t("forms.remove")} onClick={acts.remove} />
      </span>
    </div>
  );
}
