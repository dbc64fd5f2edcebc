import { useDraggable } from "@dnd-kit/core";
import { Input } from "antd";
import { Heading, type LucideIcon, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import type { AppField } from "@/lib/wire";
import { codeName } from "@/render/builder/codeName";
import { FIELD_TYPE_NAMES, fieldIcon } from "@/render/builder/fieldTypes";
import { SidePanel } from "@/render/builder/SidePanel";
import { cx } from "@/ui/cx";
import { usedFields, type FormBody } from "./formModel";
import styles from "./FormPage.module.css";

/** What can be put on the form: the entity's fields, those that are not on it first, and pieces of layout. */
export function Palette({ fields, body, onAdd, onAddSection, onBegin }: {
  fields: readonly AppField[];
  body: FormBody;
  onAdd: (field: string) => void;
  onAddSection: () => void;
  /** A field that the entity does not have yet. */
  onBegin: (type: string) => void;
}) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const used = useMemo(() => usedFields(body), [body]);
  const wanted = search.trim().toLowerCase();
  const found = fields.filter((each) => {
    const label = labelText(each.label);
    return !wanted || [label, each.name, codeName(label).replaceAll("_", "")].some((text) => text.toLowerCase().includes(wanted));
  });
  const types = FIELD_TYPE_NAMES.filter((each) => !wanted || t(`field_type.${each}`).toLowerCase().includes(wanted) || each.includes(wanted));
  const groups = [
    { title: t("forms.not_yet"), list: found.filter((each) => !used.has(each.name)), isUsed: false },
    { title: t("forms.already"), list: found.filter((each) => used.has(each.name)), isUsed: true },
  ];
  return (
    <SidePanel side="left" name="forms.palette" title={t("forms.palette")} least={160} most={360} otherwise={220}>
      <div className={styles.palette}>
        <Input prefix={<Search size={14} strokeWidth={1.75} aria-hidden />} allowClear value={search} placeholder={t("forms.find")} aria-label={t("forms.find")}
          onChange={(event) => setSearch(event.target.value)} onPressEnter={() => found[0] && onAdd(found[0].name)} />
        {groups.map(({ title, list, isUsed }) => list.length > 0 && (
          <section key={title}>
            <h3 className={styles.group}>{title}</h3>
            <ul className={styles.pieces}>
              {list.map((each) => <Piece key={each.name} id={`new:${each.name}`} icon={fieldIcon(each.type)} text={labelText(each.label)} isUsed={isUsed} onAdd={() => onAdd(each.name)} />)}
            </ul>
          </section>
        ))}
        {types.length > 0 && (
          <section>
            <h3 className={styles.group}>{t("forms.new_field")}</h3>
            <ul className={styles.types}>
              {types.map((each) => <Piece key={each} id={`type:${each}`} icon={fieldIcon(each)} text={t(`field_type.${each}`)} isUsed={false} onAdd={() => onBegin(each)} />)}
            </ul>
          </section>
        )}
        <section>
          <h3 className={styles.group}>{t("forms.layout")}</h3>
          <ul className={styles.pieces}><Piece id="new:section" icon={Heading} text={t("forms.section")} isUsed={false} onAdd={onAddSection} /></ul>
        </section>
      </div>
    </SidePanel>
  );
}

function Piece({ id, icon: Icon, text, isUsed, onAdd }: { id: string; icon: LucideIcon; text: string; isUsed: boolean; onAdd: () => void }) {
  const { attributes, listeners, setNodeRef } = useDraggable({ id });
  return (
    <li>
      <button type="button" ref={setNodeRef} {...attributes} {...listeners} className={cx(styles.piece, isUsed && styles.used)} onClick={onAdd}>
        <Icon size={14} strokeWidth={1.75} aria-hidden /> <span>{text}</span>
      </button>
    </li>
  );
}
