import { Dropdown } from "antd";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LabelEdit } from "@/render/builder/LabelEdit";
import { textOf, withText } from "@/render/builder/words";
import { IconButton } from "@/ui/IconButton";
import styles from "./Sheet.module.css";
import { COLUMN_TYPES, type ColumnBody } from "./tableModel";

/** The head of a column: its label, its type, and what can be done with it. */
export function ColumnHead({ column, isOnly, onChange, onMove, onRemove }: {
  column: ColumnBody;
  isOnly: boolean;
  onChange: (values: Partial<ColumnBody>) => void;
  onMove: (way: -1 | 1) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation();
  const [isRenamed, setRenamed] = useState(false);
  const name = textOf(column.label, column.name);
  return (
    <span className={styles.head} role="columnheader">
      {isRenamed ? (
        <LabelEdit text={name} title={t("tables.label")} onDone={(text) => {
          setRenamed(false);
          if (text !== null) onChange({ label: withText(column.label, text) });
        }} />
      ) : (
        <span className={styles.label} onDoubleClick={() => setRenamed(true)}>{name}</span>
      )}
      <span className={styles.type}>{t(`tables.type.${column.type}`)}</span>
      <Dropdown trigger={["click"]} menu={{ items: [
        { key: "label", label: t("tables.rename"), onClick: () => setRenamed(true) },
        { key: "type", label: t("tables.change_type"), children: COLUMN_TYPES.map((each) => ({ key: each, label: t(`tables.type.${each}`), disabled: each === column.type, onClick: () => onChange({ type: each }) })) },
        { key: "left", label: t("tables.move_left"), onClick: () => onMove(-1) },
        { key: "right", label: t("tables.move_right"), onClick: () => onMove(1) },
        { type: "divider" },
        { key: "remove", label: t("tables.remove_column"), danger: true, disabled: isOnly, onClick: onRemove },
      ] }}>
        <span><IconButton icon={ChevronDown} size={14} label={t("tables.more_of", { name })} aria-haspopup="menu" /></span>
      </Dropdown>
    </span>
  );
}
