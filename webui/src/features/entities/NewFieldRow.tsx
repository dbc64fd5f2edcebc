import { Input, Select } from "antd";
import { Plus } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { FIELD_TYPE_NAMES, fieldIcon, guessType, type FieldTypeName } from "@/render/builder/fieldTypes";
import { cx } from "@/ui/cx";
import styles from "./EntityPage.module.css";

/** A new field begins as its label: the type is guessed, Alt and arrows change it, Enter makes it and asks for the next. */
export function NewFieldRow({ entities, isInner, onMake, onClose }: {
  entities: readonly { value: string; label: string }[];
  isInner: boolean;
  onMake: (label: string, type: string, to?: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [label, setLabel] = useState("");
  const [chosen, setChosen] = useState<FieldTypeName | null>(null);
  const types = FIELD_TYPE_NAMES.filter((each) => !isInner || each !== "lines");
  const guess = guessType(label, entities.map((each) => ({ name: each.value, text: each.label })));
  const type = chosen ?? (types.includes(guess.type) ? guess.type : "text");
  const Icon = label.trim() ? fieldIcon(type) : Plus;
  const make = () => {
    if (!label.trim()) return onClose();
    onMake(label.trim(), type, type === "reference" && guess.to ? guess.to : undefined);
    setLabel("");
    setChosen(null);
  };
  const keys = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Enter") make();
    else if (event.key === "Escape") onClose();
    else if (way && event.altKey) setChosen(types[(types.indexOf(type) + way + types.length) % types.length] ?? "text");
    else return;
    event.preventDefault();
  };
  return (
    <li className={cx(styles.line, styles.fresh, isInner && styles.inner)}>
      <span className={styles.grip} aria-hidden />
      <Icon size={16} strokeWidth={1.75} aria-hidden className={styles.icon} />
      <Input autoFocus className={styles.label} size="small" value={label} placeholder={t("entities.name_it")} aria-label={t("entities.new_label")}
        onChange={(event) => setLabel(event.target.value)} onKeyDown={keys} />
      <Select className={styles.pick} size="small" value={type} aria-label={t("entities.type")} onChange={setChosen} popupMatchSelectWidth={160}
        showSearch={{ optionFilterProp: "label" }} options={types.map((each) => ({ value: each, label: t(`field_type.${each}`) }))} />
      <span className={styles.hint}>{t("entities.new_keys")}</span>
    </li>
  );
}
