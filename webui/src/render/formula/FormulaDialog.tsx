import { Input, Modal } from "antd";
import { CircleAlert, Search, Sigma, WandSparkles } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { readJson, write, writeJson } from "@/lib/memory";
import { problemText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { Tag } from "@/ui/Tag";
import { Token } from "@/ui/Token";
import { CodeEditor, type EditorHandle } from "./CodeEditor";
import { typeKey, type FormulaCheck, type FormulaProblem, type Slot } from "./formulaApi";
import styles from "./FormulaDialog.module.css";
import { FunctionHelp } from "./FunctionHelp";
import { NamesTree } from "./NamesTree";
import { useLabels } from "./names";
import { SampleTable } from "./SampleTable";
import { underlineOf, useFormulaCheck } from "./useFormulaCheck";

const KEPT_MS = 7 * 24 * 3600 * 1000;

interface Kept {
  text: string;
  at: number;
}

/** The formula editor: fields, the formula with its problems and real results, functions. Opens for any slot. */
export function FormulaDialog({ title, subtitle, text, slot, optional = false, onSave, onClose }: {
  title: string;
  subtitle?: string;
  text: string;
  slot: Slot;
  /** Whether an empty formula may be saved (it takes the formula away). */
  optional?: boolean;
  onSave: (text: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const memory = `formula.${"document" in slot ? slot.document + slot.pointer : `${slot.entity}.${slot.lines ?? ""}`}`;
  const [kept] = useState(() => keptText(memory, text));
  const [value, setValue] = useState(kept ?? text);
  const [search, setSearch] = useState("");
  const editor = useRef<EditorHandle>(null);
  const { check, isCurrent, error } = useFormulaCheck(value, slot, 3);
  const last = useLastSound(check);
  const problem = check?.problems[0];
  const isEmpty = value.trim() === "";
  const reason = isEmpty ? (optional ? undefined : t("formula.empty")) : problem ? t("formula.mend_first") : !isCurrent ? t("formula.checking") : undefined;
  const change = (next: string) => {
    setValue(next);
    writeJson(memory, { text: next, at: Date.now() } satisfies Kept);
  };
  const save = () => {
    if (reason) return;
    write(memory, null);
    onSave(value.trim());
  };
  return (
    <Modal open width="min(1200px, calc(100vw - 64px))" onCancel={onClose} footer={null} closable className={styles.dialog} centered destroyOnHidden
      title={
        <div className={styles.head}>
          <Sigma size={18} strokeWidth={1.75} aria-hidden className={styles.sigma} />
          <span>{title}</span>
          {subtitle && <span className={styles.subtitle}>{subtitle}</span>}
          <span className={styles.wanted}>
            {(check?.type ?? last?.type) && <Tag tone="teal">{t("formula.gives", { type: t(typeKey((check?.type ?? last?.type)!)) })}</Tag>}
            <Button small kind="text" icon={<WandSparkles size={14} strokeWidth={1.75} />} onClick={() => editor.current?.replaceAll(tidied(value))}>{t("formula.tidy")}</Button>
          </span>
        </div>
      }
    >
      <div className={styles.body}>
        <section className={styles.fields} aria-label={t("formula.fields")}>
          <Input prefix={<Search size={14} strokeWidth={1.75} aria-hidden />} value={search} onChange={(event) => setSearch(event.target.value)}
            placeholder={t("formula.find_field")} aria-label={t("formula.find_field")} allowClear />
          <NamesTree slot={slot} search={search} onChoose={(name) => editor.current?.insert(name)} />
        </section>
        <section className={styles.centre}>
          {kept !== null && <Note tone="neu" link={<Button kind="link" small onClick={() => editor.current?.replaceAll(text)}>{t("formula.forget_kept")}</Button>}>{t("formula.kept")}</Note>}
          <div className={styles.code}>
            <CodeEditor ref={editor} value={value} onChange={change} slot={slot} underline={underlineOf(value, check)} label={title}
              placeholder={t("formula.placeholder")} autoFocus onSubmit={save} />
          </div>
          {problem && <ProblemNote problem={problem} text={value} onFix={(fixed) => editor.current?.replaceAll(fixed)} />}
          {error != null && <Note tone="warn">{t("formula.no_check")}</Note>}
          <div className={styles.trial}>
            <h3 className={styles.trialTitle}>{t("formula.trial")}<span className={styles.subtitle}>{t("formula.trial_text")}</span></h3>
            <SampleTable samples={(check?.is_sound ? check : last)?.samples ?? []} isStale={!check?.is_sound} />
          </div>
        </section>
        <section className={styles.aside} aria-label={t("formula.functions")}>
          <FunctionHelp onChoose={(made, hole) => editor.current?.insert(made, hole ? [hole] : [])} />
          <Reads check={check} slot={slot} text={value} />
        </section>
      </div>
      <footer className={styles.foot}>
        <span className={styles.state} role="status">
          {problem && <><CircleAlert size={15} strokeWidth={1.75} aria-hidden /> {t("formula.not_saved")}</>}
        </span>
        <Button onClick={onClose}>{t("action.cancel")}</Button>
        <Button kind="primary" keys="mod+enter" reason={reason} onClick={save}>{t("formula.save")}</Button>
      </footer>
    </Modal>
  );
}

function keptText(memory: string, text: string): string | null {
  const kept = readJson<Kept | null>(memory, null);
  return kept && kept.text !== text && Date.now() - kept.at < KEPT_MS ? kept.text : null;
}

function useLastSound(check: FormulaCheck | null): FormulaCheck | null {
  const [last, setLast] = useState<FormulaCheck | null>(null);
  if (check?.is_sound && check !== last) setLast(check);
  return last;
}

function ProblemNote({ problem, text, onFix }: { problem: FormulaProblem; text: string; onFix: (text: string) => void }) {
  const { t } = useTranslation();
  const line = Array.from(text).slice(0, Math.max(0, problem.position)).filter((char) => char === "\n").length + 1;
  const [fix] = problem.fixes;
  const said = problemText({ code: `formula_${problem.kind}`, message: problem.message, params: {} });
  return (
    <Note tone="err" live="polite" lead={problem.position >= 0 ? t("formula.line", { line }) : undefined}
      link={fix && <Button small onClick={() => onFix(fix.text)}>{typeof fix.label === "string" ? fix.label : labelText(fix.label)}</Button>}>
      {said}{problem.hint ? ` ${problem.hint}` : ""}
    </Note>
  );
}

function Reads({ check, slot, text }: { check: FormulaCheck | null; slot: Slot; text: string }) {
  const { t } = useTranslation();
  const labels = useLabels(slot, text);
  const reads = useMemo(() => [...new Set(check?.reads ?? [])].slice(0, 30), [check]);
  if (reads.length === 0) return null;
  return (
    <div className={styles.reads}>
      <h3 className={styles.subtitle}>{t("formula.reads")}</h3>
      <div className={styles.tokens}>
        {reads.map((path) => {
          const names = path.split(".");
          return <Token key={path} kind={names.length > 1 ? "relation" : "field"}>{labels(names) ?? path}</Token>;
        })}
      </div>
    </div>
  );
}

/** One argument a line for calls that are long; blanks around operators as people write them. */
export function tidied(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  if (flat.length < 60) return flat;
  let depth = 0;
  let isText = "";
  let out = "";
  for (const char of flat) {
    if (isText) isText = char === isText ? "" : isText;
    else if (char === "'" || char === '"') isText = char;
    else if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    const breaks = !isText && char === "," && depth === 1;
    out += breaks ? ",\n  " : char;
  }
  return out.replaceAll(",\n   ", ",\n  ");
}
