import { Plus, Sigma } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import type { Slot } from "./formulaApi";
import styles from "./FormulaSlot.module.css";
import { FormulaWords } from "./FormulaWords";

const Dialog = lazy(async () => ({ default: (await import("./FormulaDialog")).FormulaDialog }));

/** A place for a formula in a form of properties: reads as tokens, and opens the editor. */
export function FormulaSlot({ title, subtitle, text, slot, optional = true, addText, isInline = false, onChange }: {
  title: string;
  subtitle?: string;
  text: string;
  slot: Slot;
  optional?: boolean;
  /** On the button while there is no formula. */
  addText?: string;
  /** Without a frame, in the middle of a sentence or table. */
  isInline?: boolean;
  /** "" takes the formula away. */
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const save = (next: string) => {
    setOpen(false);
    if (next !== text) onChange(next);
  };
  return (
    <>
      {text ? (
        <button type="button" className={isInline ? styles.inline : styles.slot} onClick={() => setOpen(true)}>
          <span className="visually-hidden">{t("formula.edit", { name: title })}</span>
          {!isInline && <Sigma size={14} strokeWidth={1.75} aria-hidden className={styles.icon} />}
          <FormulaWords text={text} slot={slot} />
        </button>
      ) : (
        <Button small icon={<Plus size={14} strokeWidth={1.75} />} onClick={() => setOpen(true)}>{addText ?? t("formula.add")}</Button>
      )}
      {isOpen && (
        <Suspense fallback={null}>
          <Dialog title={title} subtitle={subtitle} text={text} slot={slot} optional={optional} onSave={save} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
