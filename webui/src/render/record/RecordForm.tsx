import { useTranslation } from "react-i18next";
import { typeOf } from "@/fields/registry";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { ValueEdit } from "@/fields/ValueEdit";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { ApiError } from "@/lib/errors";
import { errorText } from "@/lib/problems";
import type { AppEntity } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { PersonalMark } from "./PersonalMark";
import { isWritable } from "./draft";
import type { LayoutItem, LayoutSection } from "./formLayout";
import styles from "./RecordForm.module.css";
import type { Draft } from "./useDraft";

/** The form of a record: a summary of what is wrong on top, then the sections. */
export function RecordForm({ entity, sections, draft, isNarrow = false }: {
  entity: AppEntity;
  sections: readonly LayoutSection[];
  draft: Draft;
  isNarrow?: boolean;
}) {
  const { t } = useTranslation();
  const first = sections.flatMap((section) => section.items).find((item) => isWritable(item.field, draft.isNew));
  return (
    <div className={cx(styles.form, isNarrow && styles.narrow)} data-record-form="">
      {draft.kept && (
        <Note
          tone="warn"
          link={
            <span className={styles.links}>
              <Button kind="link" small onClick={draft.useKept}>{t("record.draft_use")}</Button>
              <Button kind="link" small onClick={draft.dropKept}>{t("record.draft_drop")}</Button>
            </span>
          }
        >
          {t("record.draft_found", { time: formatInstant(draft.kept.at, { brief: true }) })}
        </Note>
      )}
      <Summary draft={draft} />
      {sections.map((section) => (
        <fieldset key={section.uid} className={styles.section}>
          {section.label && <legend className={styles.title}>{labelText(section.label)}</legend>}
          <div className={styles.grid}>
            {section.items.map((item) => (
              <FormField key={item.uid} entity={entity} item={item} draft={draft} autoFocus={item === first} />
            ))}
          </div>
        </fieldset>
      ))}
    </div>
  );
}

/** What is wrong, in one place: each line jumps to its field. */
function Summary({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const { wrong, error } = draft;
  const general = error !== null && (!(error instanceof ApiError) || wrong.length === 0);
  if (wrong.length === 0 && !general) return null;
  if (general) return <Note tone="err" live="assertive">{errorText(error)}</Note>;
  const jump = (name: string) => {
    const row = document.querySelector(`[data-record-form] [data-field="${CSS.escape(name)}"]`);
    row?.scrollIntoView({ block: "center" });
    row?.querySelector<HTMLElement>("input, textarea, button, [tabindex]")?.focus();
  };
  return (
    <Note tone="err" live="assertive" lead={t("record.problems", { count: wrong.length })}>
      <ul className={styles.problems}>
        {wrong.map((field) => (
          <li key={field.uid}>
            <button type="button" className={styles.jump} onClick={() => jump(field.name)}>{labelText(field.label)}</button>
          </li>
        ))}
      </ul>
    </Note>
  );
}

function FormField({ entity, item, draft, autoFocus }: { entity: AppEntity; item: LayoutItem; draft: Draft; autoFocus: boolean }) {
  const { t } = useTranslation();
  const { field } = item;
  const value = draft.values[field.name];
  const span = { gridColumn: `span ${Math.min(12, Math.max(1, typeOf(field).isWide ? Math.max(item.width, 6) : item.width))}` };
  if (!isWritable(field, draft.isNew)) {
    const hint = draft.isNew && (field.type === "sequence" ? t("field.generated") : t("field.computed"));
    return (
      <div style={span} className={styles.read}>
        <span className={styles.readLabel}>{labelText(item.label)}</span>
        {hint ? <span className={styles.hint}>{hint}</span> : <ValueDisplay field={field} value={value} record={draft.values} place="page" />}
      </div>
    );
  }
  const problems = draft.problemsOf(field);
  const inner = field.type === "lines" ? innerProblems(draft, field.name) : undefined;
  return (
    <div style={span}>
      <FieldRow
        name={field.name}
        label={labelText(item.label)}
        help={labelText(item.help) || undefined}
        required={field.required}
        errors={problems}
        extra={field.personal && <PersonalMark />}
      >
        {(ids) => (
          <ValueEdit
            field={field}
            value={value}
            onChange={(next) => draft.set(field.name, next)}
            onBlur={() => draft.leave(field.name)}
            ids={ids}
            isWrong={problems.length > 0}
            autoFocus={autoFocus}
            record={draft.values}
            entity={entity}
            columns={item.columns}
            inner={inner}
          />
        )}
      </FieldRow>
    </div>
  );
}

/** Problems inside lines, by "row/field". */
function innerProblems(draft: Draft, name: string): Record<string, readonly string[]> {
  const start = `${name}/`;
  return Object.fromEntries(
    Object.entries(draft.refused).filter(([key]) => key.startsWith(start)).map(([key, texts]) => [key.slice(start.length), texts]),
  );
}
