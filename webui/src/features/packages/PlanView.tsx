import { Checkbox, Input, Segmented } from "antd";
import { ChevronDown, ChevronRight, CircleAlert, CircleCheck, Download, ShieldCheck, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant, formatNumber } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Note } from "@/ui/Note";
import { Tag } from "@/ui/Tag";
import tones from "@/ui/tones.module.css";
import { ChangeLine } from "./ChangeLine";
import type { Change, Plan } from "./packagesApi";
import { type Consents, isAgreed } from "./consents";
import { costOf, countsOf, type Group, groupsOf, type Kind, markdownOf, nameOf, risksOf, TONES } from "./planModel";
import styles from "./PlanView.module.css";
import { saveText } from "./saveText";

const KINDS: readonly Kind[] = ["added", "changed", "renamed", "removed"];

/** A plan to be read before it is agreed to: what it counts up to, every change by document, and what wants consent. */
export function PlanView({ plan, title, consents, onConsent }: {
  plan: Plan;
  title: string;
  consents: Consents;
  onConsent: (key: string, value: string) => void;
}) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<"all" | "removed">("all");
  const counts = useMemo(() => countsOf(plan.changes), [plan]);
  const groups = useMemo(() => groupsOf(shown === "all" ? plan.changes : plan.changes.filter((change) => change.action === "remove" || change.risk === "hides_data")), [plan, shown]);
  const cost = useMemo(() => costOf(plan), [plan]);
  const risks = useMemo(() => risksOf(plan), [plan]);
  return (
    <>
      <div className={styles.strip}>
        <dl className={styles.facts}>
        {KINDS.map((kind) => (
          <div key={kind} className={styles.count}>
            <dt>{t(`packages.${kind}`)}</dt>
            <dd className="num"><i className={cx(styles.dot, tones[TONES[kind]])} aria-hidden />{counts[kind]}</dd>
          </div>
        ))}
        <div className={styles.fact}><dt>{t("packages.touched")}</dt><dd className="num">{cost.rows ? t("packages.rows", { count: cost.rows, n: formatNumber(cost.rows) }) : t("packages.no_rows")}</dd></div>
        <div className={styles.fact}><dt>{t("packages.time")}</dt><dd>{cost.isLater ? t("packages.later") : t("packages.at_once")}</dd></div>
        <div className={styles.fact}><dt>{t("packages.reversible")}</dt><dd className={styles.good}><ShieldCheck size={14} strokeWidth={1.75} aria-hidden />{t("packages.reversible_yes")}</dd></div>
      </dl>
        <div className={styles.tools}>
          <Segmented value={shown} onChange={setShown} size="small" aria-label={t("packages.show")} options={[{ value: "all", label: t("packages.all") }, { value: "removed", label: t("packages.only_removed") }]} />
          <Button small kind="text" icon={<Download />} onClick={() => saveText("plan.md", markdownOf(plan, title, (change) => labelText(change.text)))}>{t("packages.as_markdown")}</Button>
          <Button small kind="text" icon={<Download />} onClick={() => saveText("plan.json", JSON.stringify(plan, null, 2))}>{t("packages.as_json")}</Button>
        </div>
      </div>
      <div className={styles.columns}>
        <section className={styles.tree} aria-label={t("packages.changes")}>
          <div className={styles.treeHead}><span>{t("packages.change")}</span><span>{t("packages.touched")}</span><span>{t("packages.action")}</span></div>
          {groups.length === 0 && <p className={styles.none}>{plan.is_empty ? t("packages.empty_plan") : t("packages.none_removed")}</p>}
          <ul>{groups.map((group) => <GroupLine key={group.key} group={group} isFirst={groups.length <= 8} />)}</ul>
        </section>
        <div className={styles.side}>
          {risks.length > 0 ? <Risks risks={risks} consents={consents} onConsent={onConsent} /> : <Note tone="ok" lead={t("packages.no_risk")}>{" "}{t("packages.no_risk_text")}</Note>}
          {plan.history.map((each) => (
            <Note key={each.timeline} tone="warn" lead={each.timeline}>{" "}{t("packages.history", { holders: each.holders, moments: each.moments, since: formatInstant(each.since) })}</Note>
          ))}
          <section className={styles.card} aria-label={t("packages.result")}>
            <h2>{t("packages.result")}</h2>
            <ul>{Object.entries(plan.packages).map(([name, version]) => <li key={name}><span>{name}</span><span className="num">{version}</span></li>)}</ul>
          </section>
        </div>
      </div>
    </>
  );
}

function GroupLine({ group, isFirst }: { group: Group; isFirst: boolean }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(isFirst);
  const Arrow = isOpen ? ChevronDown : ChevronRight;
  return (
    <li>
      <button type="button" className={styles.group} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Arrow size={14} strokeWidth={1.75} aria-hidden className={styles.arrow} />
        <span className={styles.name}>{group.title}</span>
        <span className={styles.kind}>{t(`kinds.${group.kind as "entity"}`, { defaultValue: group.kind })} · {t("packages.places", { count: group.changes.length })}</span>
        <span className={`${styles.rows} num`}>{group.rows ? formatNumber(group.rows) : ""}</span>
        <span className={styles.mark}><Tag tone={TONES[group.mark]}>{t(`packages.${group.mark}`)}</Tag></span>
      </button>
      {isOpen && <ul>{group.changes.map((change, index) => <ChangeLine key={index} change={change} />)}</ul>}
    </li>
  );
}

function Risks({ risks, consents, onConsent }: { risks: readonly Change[]; consents: Consents; onConsent: (key: string, value: string) => void }) {
  const { t } = useTranslation();
  return (
    <section className={styles.risks} aria-label={t("packages.risks", { count: risks.length })}>
      <h2><Trash2 size={15} strokeWidth={1.75} aria-hidden />{t("packages.risks", { count: risks.length })}<small>{t("packages.kept")}</small></h2>
      {risks.map((change) => {
        const name = nameOf(change);
        const isGood = isAgreed(change, consents);
        const State = isGood ? CircleCheck : CircleAlert;
        return (
          <div key={change.key + change.part} className={styles.risk}>
            <div className={styles.riskText}>
              <b>{labelText(change.text)}</b>
              <span>{t(change.risk === "hides_data" ? "packages.values_hidden" : "packages.values_altered", { count: change.rows ?? 0, n: formatNumber(change.rows ?? 0) })}</span>
            </div>
            {change.risk === "hides_data" ? (
              <label className={styles.typed}>
                <span>{t("packages.type")} <b className="mono">{name}</b></span>
                <Input value={consents[change.key] ?? ""} aria-label={t("packages.type_name", { name })} onChange={(event) => onConsent(change.key, event.target.value)} spellCheck={false} autoComplete="off" />
              </label>
            ) : (
              <Checkbox checked={isGood} onChange={(event) => onConsent(change.key, event.target.checked ? "yes" : "")}>{t("packages.agree")}</Checkbox>
            )}
            <State size={16} strokeWidth={1.75} aria-hidden className={isGood ? styles.good : styles.missing} />
          </div>
        );
      })}
    </section>
  );
}
