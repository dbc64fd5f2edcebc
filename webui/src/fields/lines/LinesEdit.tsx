import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import type { Json } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import type { EditProps } from "../fieldType";
import { ValueEdit } from "../ValueEdit";
import { ValueDisplay } from "../ValueDisplay";
import { typeOf } from "../registry";
import styles from "./Lines.module.css";
import { isRight, type Line, lineFields } from "./LinesTable";

/** Lines as a grid: every cell is an input of its field's type. */
export function LinesEdit({ field, value, onChange, ids, columns, inner = {} }: EditProps) {
  const { t } = useTranslation();
  const lines = (Array.isArray(value) ? value : []) as Line[];
  const fields = lineFields(field, columns);
  const widths = fields.map((each) => columns?.find((column) => column.field === each.name)?.width ?? 2);
  const sum = widths.reduce((total, width) => total + width, 0);
  const shares = new Map(fields.map((each, place) => [each.name, (100 * widths[place]!) / sum]));
  const set = (index: number, name: string, next: Json) =>
    onChange(lines.map((line, place) => (place === index ? { ...line, [name]: next } : line)) as Json);
  const remove = (index: number) => onChange(lines.filter((_, place) => place !== index) as Json);
  const fresh = () => Object.fromEntries((field.fields ?? []).flatMap((each) => (typeOf(each).blank === undefined ? [] : [[each.name, typeOf(each).blank]])));
  return (
    <div id={ids.id} role="group" aria-label={labelText(field.label)}>
      <div className={styles.scroll}>
        <table className={`${styles.table} ${styles.edit}`}>
          <colgroup>
            <col style={{ width: 36 }} />
            {fields.map((each) => <col key={each.uid} style={{ width: `${shares.get(each.name)}%` }} />)}
            <col style={{ width: 36 }} />
          </colgroup>
          <thead>
            <tr>
              <th className={styles.number}>#</th>
              {fields.map((each) => (
                <th key={each.uid} className={isRight(each) ? styles.right : undefined}>
                  {labelText(each.label)}
                  {each.required && <span style={{ color: "var(--errT)" }} aria-hidden> *</span>}
                </th>
              ))}
              <th className={styles.remove}><span className="visually-hidden">{t("action.delete")}</span></th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, index) => (
              <tr key={typeof line.id === "number" ? `id${line.id}` : index}>
                <td className={styles.number}>{index + 1}</td>
                {fields.map((each) => {
                  const wrong = inner[`${index}/${each.name}`] ?? [];
                  const isRead = each.read_only || typeOf(each).Edit === null;
                  return (
                    <td key={each.uid} className={isRight(each) ? styles.right : undefined} data-field={`${field.name}/${index}/${each.name}`}>
                      {isRead ? (
                        <span className={styles.read}><ValueDisplay field={each} value={line[each.name]} record={line} place="row" /></span>
                      ) : (
                        <ValueEdit
                          isCell
                          field={each}
                          value={line[each.name]}
                          record={line}
                          isWrong={wrong.length > 0}
                          ids={{ id: `${ids.id}-${index}-${each.name}`, "aria-label": `${labelText(each.label)} ${index + 1}` } as never}
                          onChange={(next) => set(index, each.name, next)}
                        />
                      )}
                      {wrong.map((text) => <div key={text} className={styles.wrong} role="alert">{text}</div>)}
                    </td>
                  );
                })}
                <td className={styles.remove}>
                  <IconButton icon={Trash2} size={14} label={t("record.line_remove", { number: index + 1 })} onClick={() => remove(index)} />
                </td>
              </tr>
            ))}
            {lines.length === 0 && <tr><td colSpan={fields.length + 2} className={styles.empty}>{t("record.lines_empty")}</td></tr>}
          </tbody>
        </table>
      </div>
      <div className={styles.foot}>
        <Button kind="soft" small icon={<Plus />} onClick={() => onChange([...lines, fresh()] as Json)}>{t("record.line_add")}</Button>
      </div>
    </div>
  );
}
