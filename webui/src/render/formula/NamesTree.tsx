import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { SkeletonBar } from "@/ui/Skeleton";
import { typeKey, type FormulaType, type NameMember, type Slot } from "./formulaApi";
import styles from "./FormulaDialog.module.css";
import { matchesName } from "./matching";
import { useNames } from "./names";

/** The fields that a formula may use, records inside to be opened. A click puts one into the formula. */
export function NamesTree({ slot, search, onChoose, path = "", depth = 0 }: {
  slot: Slot;
  search: string;
  onChoose: (text: string, type: FormulaType) => void;
  path?: string;
  depth?: number;
}) {
  const { t } = useTranslation();
  const { data, isLoading } = useNames(slot, path);
  if (isLoading) return <SkeletonBar width="70%" />;
  const wanted = search.trim().toLowerCase();
  const shown = (data?.members ?? []).filter((each) => !wanted || matchesName(each, wanted));
  if (shown.length === 0) return depth === 0 ? <p className={styles.none}>{t("formula.no_name")}</p> : null;
  return (
    <ul className={styles.tree} role={depth === 0 ? "tree" : "group"}>
      {shown.map((each) => (
        <NameLine key={each.name} member={each} slot={slot} path={path} depth={depth} onChoose={onChoose} />
      ))}
    </ul>
  );
}

function NameLine({ member, slot, path, depth, onChoose }: {
  member: NameMember;
  slot: Slot;
  path: string;
  depth: number;
  onChoose: (text: string, type: FormulaType) => void;
}) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const full = path ? `${path}.${member.name}` : member.name;
  const Arrow = isOpen ? ChevronDown : ChevronRight;
  const label = labelText(member.label) || member.name;
  return (
    <li role="treeitem" aria-expanded={member.has_members ? isOpen : undefined} aria-selected={false}>
      <div className={styles.name} style={{ paddingLeft: depth * 14 }}>
        {member.has_members ? (
          <button type="button" className={styles.arrow} aria-label={t(isOpen ? "formula.fold" : "formula.unfold", { name: label })} onClick={() => setOpen(!isOpen)}>
            <Arrow size={14} strokeWidth={1.75} aria-hidden />
          </button>
        ) : <span className={styles.arrow} />}
        <button type="button" className={styles.choose} onClick={() => onChoose(full, member.type)} title={full}>
          <span className={depth > 0 ? styles.related : undefined}>{label}</span>
          <span className={styles.type}>{t(typeKey(member.type))}</span>
        </button>
      </div>
      {isOpen && depth < 4 && <NamesTree slot={slot} search="" path={full} depth={depth + 1} onChoose={onChoose} />}
    </li>
  );
}
