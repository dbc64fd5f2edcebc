import { useTranslation } from "react-i18next";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { LinesTable } from "@/fields/lines/LinesTable";
import { labelText } from "@/lib/i18n";
import type { WireRecord } from "@/lib/wire";
import type { LayoutSection } from "./formLayout";
import styles from "./RecordFields.module.css";

/** The fields of a record to be read: label left, value right; lines as a table. */
export function RecordFields({ sections, record, isWide = false }: {
  sections: readonly LayoutSection[];
  record: WireRecord;
  /** On a page: two columns. */
  isWide?: boolean;
}) {
  const { t } = useTranslation();
  return (
    <div className={styles.sections}>
      {sections.map((section, index) => (
        <section key={section.uid}>
          <h3 className={styles.title}>{section.label ? labelText(section.label) : index === 0 ? t("record.details") : ""}</h3>
          <dl className={isWide ? styles.wide : styles.list}>
            {section.items.map((item) => {
              const value = record[item.field.name];
              if (item.field.type === "lines" && Array.isArray(value) && value.length > 0) {
                return (
                  <div key={item.uid} className={styles.whole}>
                    <dt className="visually-hidden">{labelText(item.label)}</dt>
                    <dd><LinesTable field={item.field} lines={value} columns={item.columns} /></dd>
                  </div>
                );
              }
              return (
                <div key={item.uid} className={styles.row}>
                  <dt className={styles.label}>{labelText(item.label)}</dt>
                  <dd className={styles.value}>
                    <ValueDisplay field={item.field} value={value} record={record} place="page" />
                  </dd>
                </div>
              );
            })}
          </dl>
        </section>
      ))}
    </div>
  );
}
