import { Radio } from "antd";
import { GitMerge } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { labelText } from "@/lib/i18n";
import { usePersonName } from "@/lib/people";
import { Button } from "@/ui/Button";
import styles from "./ConflictBlock.module.css";
import type { Conflict, Draft } from "./useDraft";

/** Somebody else was faster: the fields that both changed, side by side, to be merged one by one. */
export function ConflictBlock({ draft, conflict, onDiscard }: { draft: Draft; conflict: Conflict; onDiscard: () => void }) {
  const { t } = useTranslation();
  const name = usePersonName(conflict.theirs.updated_by);
  const [mine, setMine] = useState<ReadonlySet<string>>(() => new Set(conflict.clashes.map((field) => field.name)));
  const choose = (field: string, isMine: boolean) =>
    setMine((before) => {
      const next = new Set(before);
      if (isMine) next.add(field);
      else next.delete(field);
      return next;
    });
  return (
    <section className={styles.block} role="alertdialog" aria-label={t("record.conflict_title_unknown")}>
      <h3 className={styles.title}>
        <GitMerge size={15} strokeWidth={1.75} aria-hidden />
        {name ? t("record.conflict_title", { name }) : t("record.conflict_title_unknown")}
      </h3>
      {conflict.clashes.length === 0 ? (
        <p>{t("record.conflict_clean")}</p>
      ) : (
        <table className={styles.table}>
          <thead>
            <tr>
              <th>{t("record.conflict_field")}</th>
              <th>{t("record.conflict_mine")}</th>
              <th>{name ? t("record.conflict_theirs", { name }) : t("record.conflict_theirs_unknown")}</th>
            </tr>
          </thead>
          <tbody>
            {conflict.clashes.map((field) => {
              const label = labelText(field.label);
              return (
                <tr key={field.uid}>
                  <th scope="row">{label}</th>
                  <td>
                    <Radio checked={mine.has(field.name)} onChange={() => choose(field.name, true)} aria-label={`${label}: ${t("record.conflict_mine")}`}>
                      <ValueDisplay field={field} value={draft.values[field.name]} record={draft.values} place="row" />
                    </Radio>
                  </td>
                  <td>
                    <Radio checked={!mine.has(field.name)} onChange={() => choose(field.name, false)} aria-label={`${label}: ${t("record.conflict_theirs_unknown")}`}>
                      <ValueDisplay field={field} value={conflict.theirs[field.name]} record={conflict.theirs} place="row" />
                    </Radio>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      <div className={styles.foot}>
        <Button onClick={onDiscard}>{t("record.conflict_discard")}</Button>
        <Button kind="primary" busy={draft.isBusy} onClick={() => void draft.merge(mine)}>{t("record.conflict_merge")}</Button>
      </div>
    </section>
  );
}
