import { useTranslation } from "react-i18next";
import { useDraft } from "@/render/builder/draft";
import type { DraftDocument } from "@/render/builder/draftApi";
import { Conditions } from "@/render/conditions/Conditions";
import { FormulaWords } from "@/render/formula/FormulaWords";
import { cx } from "@/ui/cx";
import { Tag } from "@/ui/Tag";
import styles from "./DecisionTable.module.css";
import { patched, withRow, type Factor, type FactorRow, type RulesBody } from "./rulesModel";
import { slotAt, textOf, type PartProps } from "./shared";
import { useFieldOf } from "./useFieldOf";

/** The same rules as prose: when, then, from when to when; conditions are changed in place here, too. */
export function Sentences({ body, document, factors, change }: PartProps) {
  const { t } = useTranslation();
  const set = (factor: Factor, row: FactorRow, when: string) =>
    change({ ...body, steps: withRow(body.steps, factor.uid, row.uid, (each) => patched(each, { when })) }, t("rules.did.change", { name: textOf(row.label, row.value), part: t("rules.when") }));
  return (
    <div className={styles.page}>
      {factors.map(({ factor, pointer }) => (
        <section key={factor.uid} className={styles.prose} aria-label={textOf(factor.label, factor.factor)}>
          <h2 className={styles.name}>{textOf(factor.label, factor.factor)}</h2>
          <p className={styles.detail}>
            {t(factor.over ? "rules.said_by_line" : "rules.said_by_document")} {t(`rules.said.${factor.combine}`)} {t("rules.said_default", { value: factor.default })}
          </p>
          <ol>
            {factor.rows.map((row) => (
              <SaidRow key={row.uid} row={row} factor={factor} pointer={`${pointer}/rows/${row.uid}`} body={body} document={document}
                onChange={(when) => set(factor, row, when)} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function SaidRow({ row, factor, pointer, body, document, onChange }: {
  row: FactorRow;
  factor: Factor;
  pointer: string;
  body: RulesBody;
  document: DraftDocument;
  onChange: (when: string) => void;
}) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const fieldOf = useFieldOf(body.for, factor.over);
  const dates = row.from || row.to ? t("rules.from_to", { from: row.from ?? "…", to: row.to ?? "…" }) : t("rules.for_ever");
  return (
    <li className={cx(styles.sentence, row.off && styles.off)}>
      <strong>{textOf(row.label, t("rules.unnamed"))}</strong>
      <span>{t("rules.if")}</span>
      <Conditions text={row.when ?? ""} slot={slotAt(draft?.id, document.key, `${pointer}/when`, "boolean")} fieldOf={fieldOf}
        title={t("rules.when_of", { name: textOf(row.label) })} always={t("rules.always")} onChange={onChange} />
      <span>{t("rules.then", { name: textOf(factor.label, factor.factor) })}</span>
      <FormulaWords text={row.value} slot={slotAt(draft?.id, document.key, `${pointer}/value`)} />
      <span className={styles.detail}>{row.yearly ? t("rules.each_year", row.yearly) : dates}</span>
      {row.off && <Tag>{t("rules.is_off")}</Tag>}
    </li>
  );
}
