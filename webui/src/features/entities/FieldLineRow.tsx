import { useSortable } from "@dnd-kit/sortable";
import { CSS } from "@dnd-kit/utilities";
import { Dropdown } from "antd";
import { Ellipsis, GripVertical } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { COMPUTED, fieldIcon, isFieldType } from "@/render/builder/fieldTypes";
import { LabelEdit } from "@/render/builder/LabelEdit";
import { textOf } from "@/render/builder/words";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import { Tag } from "@/ui/Tag";
import type { EntityBody, FieldLine } from "@/render/builder/entityModel";
import styles from "./EntityPage.module.css";

/** One field: grip, icon, label edited in place, code name, what is special about it, and its type. */
export function FieldLineRow({ line, body, isSelected, isRenamed, after, onSelect, onKeyDown, onRename, onLabel, onMove, onCopy, onRemove, onAdd }: {
  line: FieldLine;
  body: EntityBody;
  isSelected: boolean;
  isRenamed: boolean;
  /** What stands right below, such as the row of a new field. */
  after: ReactNode;
  onSelect: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onRename: () => void;
  onLabel: (text: string | null) => void;
  onMove: (way: -1 | 1) => void;
  onCopy: () => void;
  onRemove: () => void;
  onAdd: () => void;
}) {
  const { t } = useTranslation();
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id: line.key });
  const { field } = line;
  const Icon = fieldIcon(field.type);
  const name = textOf(field.label, field.name);
  const isOwn = !line.parent;
  return (
    <>
      <li ref={setNodeRef} style={{ transform: CSS.Translate.toString(transform), transition }} className={cx(styles.item, isDragging && styles.dragged)}>
        <div className={cx(styles.line, line.parent && styles.inner, isSelected && styles.here)} data-line={line.key} tabIndex={isSelected ? 0 : -1}
          role="group" aria-label={name} aria-current={isSelected || undefined} onClick={onSelect} onDoubleClick={onRename} onKeyDown={onKeyDown}
          onFocus={(event) => { if (event.target === event.currentTarget && !isSelected) onSelect(); }}>
          <button type="button" className={styles.grip} ref={setActivatorNodeRef} {...attributes} {...listeners} aria-label={t("entities.drag", { name })}>
            <GripVertical size={14} strokeWidth={1.75} aria-hidden />
          </button>
          <Icon size={16} strokeWidth={1.75} aria-hidden className={cx(styles.icon, ["reference", "multi_reference", "lookup"].includes(field.type) && styles.link)} />
          {isRenamed ? <LabelEdit text={name} title={t("entities.label")} onDone={onLabel} /> : <span className={styles.name}>{name}</span>}
          <span className={styles.code}>{field.name}</span>
          <span className={styles.tags}>
            {isOwn && body.title === field.name && <Tag>{t("entities.title")}</Tag>}
            {isOwn && body.business_key?.includes(field.name) && <Tag>{t("entities.business_key")}</Tag>}
            {isOwn && body.states?.field === field.name && <Tag tone="ok">{t("entities.states")}</Tag>}
            {field.required === true && <Tag>{t("entities.required")}</Tag>}
            {field.unique === true && <Tag>{t("entities.unique")}</Tag>}
            {field.class === "personal" && <Tag tone="warn">{t("entities.personal")}</Tag>}
            {COMPUTED.includes(field.type) && <Tag tone="teal">{t("entities.computed")}</Tag>}
          </span>
          <span className={styles.type}>{isFieldType(field.type) ? t(`field_type.${field.type}`) : field.type}</span>
          <Dropdown trigger={["click"]} menu={{ items: [
            { key: "label", label: t("entities.rename"), extra: "Enter", onClick: onRename },
            { key: "up", label: t("entities.move_up"), extra: "Alt ↑", onClick: () => onMove(-1) },
            { key: "down", label: t("entities.move_down"), extra: "Alt ↓", onClick: () => onMove(1) },
            { key: "add", label: field.type === "lines" && isOwn ? t("entities.add_inner") : t("entities.add_below"), onClick: onAdd },
            { key: "copy", label: t("entities.duplicate"), extra: "Ctrl D", onClick: onCopy },
            { type: "divider" },
            { key: "remove", label: t("entities.remove"), extra: "Del", danger: true, onClick: onRemove },
          ] }}>
            <span><IconButton icon={Ellipsis} size={14} label={t("entities.more_of", { name })} aria-haspopup="menu" /></span>
          </Dropdown>
        </div>
      </li>
      {after}
    </>
  );
}
