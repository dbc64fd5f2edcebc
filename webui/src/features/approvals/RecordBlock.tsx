import { useTranslation } from "react-i18next";
import { typeOf } from "@/fields/registry";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { ValueEdit } from "@/fields/ValueEdit";
import { labelText } from "@/lib/i18n";
import type { AppEntity, AppField, Json } from "@/lib/wire";
import { FieldRow } from "@/ui/FieldRow";
import { Panel } from "@/ui/Panel";
import type { ShownField, ShownRecord } from "./approvalsApi";
import { type Changes, type Column, lineGroups, plainFields, startValue } from "./recordValues";
import styles from "./RecordBlock.module.css";

/** What an approver sees of a record: the fields of his node, those that he may change as inputs, lines as tables. */
export function RecordBlock({ record, entity, changes, onChange, isPlain = false, wrong }: {
  record: ShownRecord;
  entity?: AppEntity;
  changes: Changes;
  /** Left out: nothing can be changed now. */
  onChange?: (changes: Changes) => void;
  /** Nobody is signed in: values as plain texts. */
  isPlain?: boolean;
  wrong: Readonly<Record<string, readonly string[]>>;
}) {
  const { t } = useTranslation();
  const values: Record<string, Json | undefined> = Object.fromEntries(record.fields.map((each) => [each.path, each.value as Json]));
  const plain = plainFields(record);
  return (
    <>
      {lineGroups(record).map(({ name, columns }) => (
        <Panel key={name} title={labelText(entity?.fields.find((each) => each.name === name)?.label) || t("approvals.lines")} flush>
          <LineTable name={name} columns={columns} changes={changes} onChange={onChange} isPlain={isPlain} />
        </Panel>
      ))}
      {plain.length > 0 && (
        <Panel title={t("approvals.record")}>
          <dl className={styles.fields}>
            {plain.map((each) =>
              each.may !== "see" && onChange && !isPlain ? (
                <div key={each.path} className={styles.edit}>
                  <FieldRow label={labelText(each.field.label)} required={each.may === "require"} errors={wrong[each.path]} name={each.path}>
                    {(ids) => (
                      <ValueEdit field={each.field as AppField} ids={ids} record={values} isWrong={Boolean(wrong[each.path]?.length)}
                        value={each.path in changes ? changes[each.path] : startValue(each.value as Json)}
                        onChange={(value) => onChange({ ...changes, [each.path]: value })} />
                    )}
                  </FieldRow>
                </div>
              ) : (
                <div key={each.path} className={styles.row}>
                  <dt className={styles.label}>{labelText(each.field.label)}</dt>
                  <dd className={styles.value}><Shown shown={each} value={each.value as Json} isPlain={isPlain} record={values} /></dd>
                </div>
              ),
            )}
          </dl>
        </Panel>
      )}
    </>
  );
}

/** A value to be read; a reference comes with the title of what it leads to. */
function Shown({ shown, value, isPlain, record }: { shown: ShownField; value: Json; isPlain: boolean; record?: Record<string, Json | undefined> }) {
  const titles = titlesOf(value);
  if (titles) return <>{titles}</>;
  const field = shown.field as AppField;
  if (isPlain) return <>{typeOf(field).text(value, field, record) || "–"}</>;
  return <ValueDisplay field={field} value={value} record={record} place="page" />;
}

function titlesOf(value: Json): string | null {
  const all = Array.isArray(value) ? value : [value];
  const found = all.flatMap((each) => (each && typeof each === "object" && !Array.isArray(each) && "title" in each ? [String(each.title ?? each.id)] : []));
  return found.length === all.length && found.length > 0 ? found.join(" · ") : null;
}

function LineTable({ name, columns, changes, onChange, isPlain }: {
  name: string;
  columns: readonly Column[];
  changes: Changes;
  onChange?: (changes: Changes) => void;
  isPlain: boolean;
}) {
  const edited = (Array.isArray(changes[name]) ? changes[name] : []) as { [name: string]: Json }[];
  const ids = columns[0]?.cells.map((cell) => cell.id) ?? [];
  const change = (id: Json, column: string, value: Json) => {
    const others = edited.filter((line) => line.id !== id);
    const own = edited.find((line) => line.id === id) ?? { id };
    onChange?.({ ...changes, [name]: [...others, { ...own, [column]: value }] });
  };
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>{columns.map(({ shown }) => <th key={shown.path} scope="col" className={alignOf(shown)}>{labelText(shown.field.label)}</th>)}</tr>
        </thead>
        <tbody>
          {ids.map((id, index) => (
            <tr key={String(id)}>
              {columns.map(({ shown, column, cells }) => {
                const value = cells[index]?.value ?? null;
                const own = edited.find((line) => line.id === id);
                const label = `${labelText(shown.field.label)} ${index + 1}`;
                return (
                  <td key={shown.path} className={alignOf(shown)}>
                    {shown.may !== "see" && onChange && !isPlain ? (
                      <label>
                        <span className="visually-hidden">{label}</span>
                        <ValueEdit field={shown.field as AppField} ids={{ id: `${name}-${String(id)}-${column}` }} isCell
                          value={own && column in own ? own[column] : startValue(value)} onChange={(next) => change(id, column, next)} />
                      </label>
                    ) : (
                      <Shown shown={shown} value={value} isPlain={isPlain} />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const alignOf = (shown: ShownField): string | undefined => (typeOf(shown.field as AppField).align === "right" ? styles.right : undefined);
