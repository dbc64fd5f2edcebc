import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { isBlank } from "@/fields/fieldType";
import { typeOf } from "@/fields/registry";
import { ValueEdit } from "@/fields/ValueEdit";
import { labelText } from "@/lib/i18n";
import { errorText, problemsByField } from "@/lib/problems";
import type { AppField, Changes, Json } from "@/lib/wire";
import { wireValue } from "@/render/record/draft";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { type OpenForm, openForms } from "./publicApi";
import styles from "./PublicForms.module.css";

/** The fields of a form with their errors; sends them once, however often the button is pressed. */
export function PublicForm({ form, token, onDone }: { form: OpenForm; token: string; onDone: (thanks: string) => void }) {
  const { t } = useTranslation();
  const [values, setValues] = useState<Record<string, Json>>({});
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<Record<string, string[]>>({});
  const [error, setError] = useState<unknown>(null);
  const [wasTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  // What was sent may have arrived although no answer came: the same answer goes out under the same key.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const trap = useRef<HTMLInputElement>(null);
  const area = useRef<HTMLFormElement>(null);
  const fieldOf = (name: string) => form.fields.find((field) => field.name === name);
  const set = (name: string, value: Json) => {
    setValues((now) => ({ ...now, [name]: value }));
    setRefused(({ [name]: _, ...rest }) => rest);
    setKey(crypto.randomUUID());
  };
  const faultOf = (field: AppField): string[] => {
    const value = values[field.name];
    if (field.required && field.type !== "boolean" && isBlank(value)) return wasTried ? [t("errors.required")] : [];
    const fault = isBlank(value) ? null : typeOf(field).fault?.(value, field);
    return fault && (left.has(field.name) || wasTried) ? [String(t(fault.key as never, fault.params as never))] : [];
  };
  const fails = (field: AppField) => {
    const value = values[field.name];
    return isBlank(value) ? field.required && field.type !== "boolean" : Boolean(typeOf(field).fault?.(value, field));
  };
  const shown = form.sections.flatMap((section) => section.items.flatMap((item) => fieldOf(item.field) ?? []));
  const jump = () => requestAnimationFrame(() => area.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  const submit = async () => {
    setTried(true);
    if (isBusy) return;
    if (shown.some(fails)) return jump();
    setBusy(true);
    setError(null);
    const body: Changes = Object.fromEntries(shown.flatMap((field) => (isBlank(values[field.name]) ? [] : [[field.name, wireValue(field, values[field.name])]])));
    try {
      const answer = await openForms.answer(token, body, key, trap.current?.value ?? "");
      onDone(answer.thanks);
    } catch (reason) {
      const found = problemsByField(reason);
      const known = Object.keys(found).filter((name) => shown.some((field) => field.name === name));
      // At once, so that the field is marked when it is looked for.
      flushSync(() => {
        setRefused(found);
        setError(known.length ? null : reason);
      });
      if (known.length) jump();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      ref={area}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      {error !== null && <Note tone="err" live="assertive">{errorText(error)}</Note>}
      {form.sections.map((section) => (
        <fieldset key={section.uid} className={styles.section}>
          {section.label && <legend className={styles.legend}>{labelText(section.label)}</legend>}
          {section.items.map((item) => {
            const field = fieldOf(item.field);
            if (!field) return null;
            const problems = refused[field.name] ?? faultOf(field);
            return (
              <FieldRow key={item.uid} name={field.name} label={labelText(item.label ?? field.label)} help={labelText(item.help ?? field.help) || undefined} required={field.required} errors={problems}>
                {(ids) => (
                  <ValueEdit
                    field={field}
                    value={values[field.name] ?? null}
                    onChange={(next) => set(field.name, next)}
                    onBlur={() => setLeft((now) => new Set(now).add(field.name))}
                    ids={ids}
                    isWrong={problems.length > 0}
                    record={values}
                  />
                )}
              </FieldRow>
            );
          })}
        </fieldset>
      ))}
      {/* People do not see it; machines fill it in. */}
      <div className={styles.trap} aria-hidden>
        <input ref={trap} name="website" type="text" tabIndex={-1} autoComplete="off" defaultValue="" />
      </div>
      <div className={styles.foot}><Button kind="primary" large block submit busy={isBusy}>{t("public_forms.send")}</Button></div>
    </form>
  );
}
