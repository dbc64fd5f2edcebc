import { Select } from "antd";
import { ChevronDown, ChevronRight, Plus } from "lucide-react";
import { useState, type DragEvent } from "react";
import { useTranslation } from "react-i18next";
import { useDraft } from "@/render/builder/draft";
import { FormulaSlot } from "@/render/formula/FormulaSlot";
import { IconButton } from "@/ui/IconButton";
import { Tag } from "@/ui/Tag";
import styles from "./DecisionTable.module.css";
import { RowLine } from "./RowLine";
import {
  COMBINES, freshUid, patched, withNewRow, withoutRow, withRow, withRowMoved, withStep, type Combine, type Factor, type FactorRow, type PlacedFactor, type Step,
} from "./rulesModel";
import { slotAt, textOf, type PartProps } from "./shared";

/** One factor: its head with the combine policy in words, and its rows. */
export function FactorTable({ placed, factors, body, document, change, onTry, clashing }: PartProps & {
  placed: PlacedFactor;
  clashing: ReadonlySet<string>;
}) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const [isFolded, setFolded] = useState(false);
  const [fresh, setFresh] = useState<string | null>(null);
  const { factor, pointer } = placed;
  const name = textOf(factor.label, factor.factor);
  const put = (steps: Step[], label: string, gesture?: string) => change({ ...body, steps }, label, gesture);
  const setFactor = (values: Partial<Record<keyof Factor, unknown>>, label: string) =>
    put(withStep<Factor>(body.steps, factor.uid, (step) => patched(step, values)), label);
  const add = (after?: string) => {
    const row: FactorRow = { uid: freshUid(), value: factor.default };
    setFresh(row.uid);
    setFolded(false);
    put(withNewRow(body.steps, factor.uid, row, after), t("rules.did.add", { name }));
  };
  const move = (row: FactorRow, from: string, before: string | null) =>
    put(withRowMoved(body.steps, row, from, factor.uid, before), t("rules.did.move", { name: textOf(row.label, row.value) }));
  const drop = (event: DragEvent, before: string | null) => {
    const [from, uid] = event.dataTransfer.getData("text/x-rule").split(" ");
    const row = factors.find((each) => each.factor.uid === from)?.factor.rows.find((each) => each.uid === uid);
    if (!row || !from || uid === before) return;
    event.preventDefault();
    move(row, from, before);
  };
  const step = (row: FactorRow, way: -1 | 1) => {
    const at = factor.rows.findIndex((each) => each.uid === row.uid);
    const target = way < 0 ? factor.rows[at - 1] : factor.rows[at + 2];
    if (way < 0 ? at > 0 : at < factor.rows.length - 1) move(row, factor.uid, target?.uid ?? null);
  };
  return (
    <section className={styles.factor} aria-label={name} onDragOver={(event) => event.preventDefault()} onDrop={(event) => drop(event, null)}>
      <header className={styles.head}>
        <IconButton icon={isFolded ? ChevronRight : ChevronDown} size={14} label={t(isFolded ? "formula.unfold" : "formula.fold", { name })} onClick={() => setFolded(!isFolded)} />
        <h2 className={styles.name}>{name}</h2>
        <Tag>{factor.over ? t("rules.by_line") : t("rules.by_document")}</Tag>
        <span className={styles.detail}>{t("rules.rows", { count: factor.rows.length })}</span>
        <span className={styles.detail}>
          {t("rules.otherwise")} <FormulaSlot title={t("rules.default_of", { name })} text={factor.default} optional={false}
            slot={slotAt(draft?.id, document.key, `${pointer}/default`, "number")} onChange={(text) => setFactor({ default: text }, t("rules.did.default", { name }))} isInline />
        </span>
        <label className={styles.policy}>
          {t("rules.several")}
          <Select<Combine> size="small" value={factor.combine} popupMatchSelectWidth={false}
            options={COMBINES.map((value) => ({ value, label: t(`rules.combine.${value}`) }))}
            onChange={(value) => setFactor({ combine: value }, t("rules.did.combine", { name }))} />
        </label>
        <IconButton icon={Plus} label={t("rules.add_to", { name })} onClick={() => add()} />
      </header>
      {!isFolded && factor.rows.map((row) => (
        <RowLine
          key={row.uid}
          row={row}
          factor={factor}
          pointer={`${pointer}/rows/${row.uid}`}
          body={body}
          document={document}
          isClashing={clashing.has(row.uid)}
          isFresh={row.uid === fresh}
          onChange={(values, label, gesture) => put(withRow(body.steps, factor.uid, row.uid, (each) => patched(each, values)), label, gesture)}
          onRemove={() => put(withoutRow(body.steps, factor.uid, row.uid), t("rules.did.remove", { name: textOf(row.label, row.value) }))}
          onAdd={() => add(row.uid)}
          onMove={(way) => step(row, way)}
          onTry={() => onTry(row)}
          onDropBefore={(event) => drop(event, row.uid)}
        />
      ))}
    </section>
  );
}
