import { Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { Chip } from "@/ui/Chip";
import styles from "./WhereChip.module.css";

/** The condition of a list that is written as a formula: from a figure that was opened, or by the person. */
export function WhereChip({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const isFresh = text === "TRUE";
  const [isOpen, setOpen] = useState(isFresh);
  const [draft, setDraft] = useState(isFresh ? "" : text);
  const save = () => {
    setOpen(false);
    onChange(draft.trim());
  };
  return (
    <Popover
      open={isOpen}
      onOpenChange={(open) => {
        setOpen(open);
        if (!open && isFresh) onChange("");
      }}
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      content={
        <form className={styles.form} onSubmit={(event) => { event.preventDefault(); save(); }}>
          <Input.TextArea autoFocus rows={2} className="mono growing" value={draft} aria-label={t("list.formula_filter")}
            placeholder={t("list.formula_example")} onChange={(event) => setDraft(event.target.value)} />
          <Button small submit kind="primary">{t("action.apply")}</Button>
        </form>
      }
    >
      <span>
        <Chip
          field={{ text: t("list.formula"), onClick: () => setOpen(true), label: t("list.formula_filter") }}
          value={{ text: <span className={styles.text} title={text}>{text}</span>, onClick: () => setOpen(true) }}
          onRemove={() => onChange("")}
          removeLabel={t("action.remove")}
        />
      </span>
    </Popover>
  );
}
