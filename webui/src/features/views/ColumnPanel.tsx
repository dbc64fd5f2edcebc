import { Input, InputNumber, Select, Switch } from "antd";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDraft } from "@/render/builder/draft";
import { SidePanel } from "@/render/builder/SidePanel";
import { textOf, withText } from "@/render/builder/words";
import { FormulaSlot } from "@/render/formula/FormulaSlot";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { slotOf } from "./slots";
import type { BoardProps } from "./ViewBoard";
import { FOLDS, FORMATS, LEAST_WIDTH, limited, MOST_WIDTH, USUAL_WIDTH, withColumn, type ColumnBody } from "./viewModel";
import styles from "./Views.module.css";

const SCALED = ["decimal", "minor", "percent"];

/** Everything about the selected column. */
export function ColumnPanel({ body, document, change, column, onSelect, onRemove }: BoardProps & { column: ColumnBody; onRemove: () => void }) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const name = textOf(column.label, column.name);
  const set = (values: Record<string, unknown>, part: string, gesture?: string) =>
    change(withColumn(body, column.uid, values), t("views.did.change", { name, part }), gesture ? `${column.uid}.${gesture}` : undefined);
  return (
    <SidePanel side="right" name="views.column" title={name} least={280} most={480} otherwise={340} extra={<span className={styles.code}>{column.name}</span>} onClose={() => onSelect("")}>
      <div className={styles.panel}>
        <FieldRow label={t("views.label")}>
          {(ids) => <Input {...ids} value={textOf(column.label)} onChange={(event) => set({ label: withText(column.label, event.target.value) }, t("views.label"), "label")} />}
        </FieldRow>
        <FieldRow label={t("views.value")}>
          {() => <FormulaSlot title={name} subtitle={t("views.value")} text={column.value} optional={false} slot={slotOf(draft?.id, document.key, body, `/columns/${column.uid}/value`)} onChange={(value) => set({ value }, t("views.value"))} />}
        </FieldRow>
        <FieldRow label={t("views.format")}>
          {(ids) => <Select {...ids} className={styles.full} value={column.format ?? "plain"} options={FORMATS.map((each) => ({ value: each, label: t(`views.formats.${each}`) }))}
            onChange={(format) => set({ format: format === "plain" ? undefined : format }, t("views.format"))} />}
        </FieldRow>
        {SCALED.includes(column.format ?? "") && (
          <FieldRow label={t("views.scale")}>
            {(ids) => <InputNumber {...ids} className={styles.full} min={0} max={12} precision={0} value={column.scale ?? 2} onChange={(scale) => set({ scale: scale ?? undefined }, t("views.scale"), "scale")} />}
          </FieldRow>
        )}
        <FieldRow label={t("views.folded")}>
          {(ids) => <Select {...ids} className={styles.full} allowClear value={column.fold} placeholder={t("views.no_fold")} options={FOLDS.map((each) => ({ value: each, label: t(`views.fold.${each}`) }))}
            onChange={(fold) => set({ fold }, t("views.folded"))} />}
        </FieldRow>
        <FieldRow label={t("views.width")}>
          {(ids) => <InputNumber {...ids} className={styles.full} min={LEAST_WIDTH} max={MOST_WIDTH} precision={0} value={column.width} placeholder={String(USUAL_WIDTH)}
            onChange={(width) => set({ width: width ? limited(width) : undefined }, t("views.width"), "width")} />}
        </FieldRow>
        <label className={styles.flag}>
          <Switch size="small" checked={column.is_hidden === true} onChange={(on) => set({ is_hidden: on || undefined }, t("views.hidden"))} /> {t("views.hide")}
        </label>
        <Button kind="danger" small icon={<Trash2 size={14} strokeWidth={1.75} />} reason={body.columns.length === 1 ? t("views.last_column") : undefined} onClick={onRemove}>{t("views.remove")}</Button>
      </div>
    </SidePanel>
  );
}
