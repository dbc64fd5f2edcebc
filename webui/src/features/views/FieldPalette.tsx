import { Input } from "antd";
import { Search, Sigma } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { codeName } from "@/render/builder/codeName";
import type { EntityBody, FieldBody } from "@/render/builder/entityModel";
import { fieldIcon } from "@/render/builder/fieldTypes";
import { SidePanel } from "@/render/builder/SidePanel";
import { textOf } from "@/render/builder/words";
import { cx } from "@/ui/cx";
import type { ViewBody } from "./viewModel";
import styles from "./Views.module.css";

/** What can become a column: the entity's fields, those that are shown already in grey, and a formula. */
export function FieldPalette({ entity, body, onAdd, onFormula }: {
  entity: EntityBody | undefined;
  body: ViewBody;
  onAdd: (field: FieldBody) => void;
  onFormula: () => void;
}) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const names = new Set(body.columns.map((each) => each.value.split(".")[0]));
  const found = (entity?.fields ?? []).filter((each) => {
    const label = textOf(each.label, each.name);
    return each.type !== "lines" && (!wanted || [label, each.name, codeName(label).replaceAll("_", "")].some((text) => text.toLowerCase().includes(wanted)));
  });
  return (
    <SidePanel side="left" name="views.palette" title={t("views.palette")} least={160} most={360} otherwise={208}>
      <div className={styles.palette}>
        <Input prefix={<Search size={14} strokeWidth={1.75} aria-hidden />} allowClear value={search} placeholder={t("forms.find")} aria-label={t("forms.find")}
          onChange={(event) => setSearch(event.target.value)} onPressEnter={() => found[0] && onAdd(found[0])} />
        <ul className={styles.pieces}>
          {found.map((field) => {
            const Icon = fieldIcon(field.type);
            return (
              <li key={field.uid}>
                <button type="button" className={cx(styles.piece, names.has(field.name) && styles.used)} onClick={() => onAdd(field)}>
                  <Icon size={14} strokeWidth={1.75} aria-hidden /> <span>{textOf(field.label, field.name)}</span>
                </button>
              </li>
            );
          })}
          <li>
            <button type="button" className={styles.piece} onClick={onFormula}><Sigma size={14} strokeWidth={1.75} aria-hidden /> <span>{t("views.formula")}</span></button>
          </li>
        </ul>
      </div>
    </SidePanel>
  );
}
