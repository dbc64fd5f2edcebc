import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import styles from "./FieldRow.module.css";

/** What an input needs so that its label, help and errors belong to it. */
export interface FieldIds {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
  "aria-required"?: true;
}

/** A label above an input, its help below, and its errors as sentences. */
export function FieldRow({ label, help, errors = [], required = false, extra, name, children }: {
  label: ReactNode;
  help?: ReactNode;
  errors?: readonly string[];
  required?: boolean;
  /** Right of the label, such as a mark for personal data. */
  extra?: ReactNode;
  /** Name of the field, so that a summary can jump to it. */
  name?: string;
  children: (ids: FieldIds) => ReactNode;
}) {
  const { t } = useTranslation();
  const id = useId();
  const described = [help && `${id}-help`, errors.length > 0 && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={styles.row} data-field={name}>
      <div className={styles.head}>
        <label htmlFor={id} className={styles.label}>
          {label}
          {required && <span className={styles.star} title={t("record.required")} aria-hidden>*</span>}
        </label>
        {extra}
      </div>
      {children({
        id,
        ...(described && { "aria-describedby": described }),
        ...(errors.length > 0 && { "aria-invalid": true as const }),
        ...(required && { "aria-required": true as const }),
      })}
      {errors.length > 0 && (
        <div id={`${id}-error`} className={styles.error} role="alert">
          {errors.map((error) => <div key={error}>{error}</div>)}
        </div>
      )}
      {help && <div id={`${id}-help`} className={cx(styles.help)}>{help}</div>}
    </div>
  );
}
