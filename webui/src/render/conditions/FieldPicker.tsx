import { Input } from "antd";
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FormulaType, Slot } from "../formula/formulaApi";
import { NamesTree } from "../formula/NamesTree";
import styles from "./Conditions.module.css";

/** Choose a field of a slot, also behind references. */
export function FieldPicker({ slot, onChoose }: { slot: Slot; onChoose: (path: string, type: FormulaType) => void }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  return (
    <div className={styles.picker}>
      <Input
        autoFocus
        prefix={<Search size={14} strokeWidth={1.75} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        placeholder={t("formula.find_field")}
        aria-label={t("formula.find_field")}
      />
      <NamesTree slot={slot} search={search} onChoose={onChoose} />
    </div>
  );
}
