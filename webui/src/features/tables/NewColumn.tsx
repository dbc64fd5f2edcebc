import { Input, Popover, Select } from "antd";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { guessType } from "@/render/builder/fieldTypes";
import { Button } from "@/ui/Button";
import { focusInput } from "@/ui/focus";
import { IconButton } from "@/ui/IconButton";
import styles from "./Sheet.module.css";
import { COLUMN_TYPES, type ColumnType } from "./tableModel";

/** A further column begins as its label; the type is guessed from it. */
export function NewColumn({ onMake }: { onMake: (label: string, type: ColumnType) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover open={isOpen} onOpenChange={setOpen} trigger="click" destroyOnHidden placement="bottomRight"
      content={<NewColumnForm onMake={(label, type) => { setOpen(false); onMake(label, type); }} />}>
      <span><IconButton icon={Plus} label={t("tables.add_column")} onClick={() => setOpen(true)} aria-haspopup="dialog" aria-expanded={isOpen} /></span>
    </Popover>
  );
}

function NewColumnForm({ onMake }: { onMake: (label: string, type: ColumnType) => void }) {
  const { t } = useTranslation();
  const [label, setLabel] = useState("");
  const [chosen, setChosen] = useState<ColumnType | null>(null);
  const type = chosen ?? guess(label);
  return (
    <form className={styles.newColumn} onSubmit={(event) => { event.preventDefault(); if (label.trim()) onMake(label.trim(), type); }} onKeyDown={(event) => event.stopPropagation()}>
      <Input ref={focusInput} value={label} placeholder={t("tables.label")} aria-label={t("tables.label")} onChange={(event) => setLabel(event.target.value)} />
      <Select value={type} aria-label={t("tables.change_type")} onChange={setChosen} options={COLUMN_TYPES.map((each) => ({ value: each, label: t(`tables.type.${each}`) }))} />
      <Button submit kind="primary" reason={label.trim() ? undefined : t("design.label_first")}>{t("tables.add_column")}</Button>
    </form>
  );
}

/** The nearest of a table's types to what a label makes likely. */
function guess(label: string): ColumnType {
  const { type } = guessType(label);
  if (["money", "percent", "decimal"].includes(type)) return "decimal";
  if (type === "datetime") return "date";
  return COLUMN_TYPES.find((each) => each === type) ?? "text";
}
