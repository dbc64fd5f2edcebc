import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "@/lib/problems";
import type { ProblemPart } from "@/lib/wire";
import { cx } from "@/ui/cx";
import { lineOf } from "./jsonPlace";
import styles from "./Process.module.css";
import type { PackedFile } from "./zip";

const AROUND = 400;

/** Every problem by file at the left; the chosen one in its text at the right. */
export function ProblemsView({ problems, files }: { problems: readonly ProblemPart[]; files: readonly PackedFile[] }) {
  const { t } = useTranslation();
  const [at, setAt] = useState(0);
  const groups = useMemo(() => {
    const found = new Map<string, number[]>();
    problems.forEach((problem, index) => {
      const file = problem.pointer.split("#")[0] ?? "";
      found.set(file, [...(found.get(file) ?? []), index]);
    });
    return [...found];
  }, [problems]);
  const chosen = problems[at];
  return (
    <div className={styles.problems}>
      <section className={styles.list} aria-label={t("packages.problems", { count: problems.length })} role="region" tabIndex={0}>
        {groups.map(([file, places]) => (
          <div key={file}>
            <h2 className={`${styles.file} mono`}>{file || t("packages.whole")}</h2>
            <ul>
              {places.map((index) => {
                const problem = problems[index]!;
                return (
                  <li key={index}>
                    <button type="button" className={cx(styles.problem, index === at && styles.chosen)} aria-current={index === at ? "true" : undefined} onClick={() => setAt(index)}>
                      {problemText(problem)}
                      <small className="mono">{problem.pointer.split("#")[1] || "/"}</small>
                      {problem.hint && <small>{problem.hint}</small>}
                    </button>
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
      </section>
      {chosen && <Place key={at} problem={chosen} files={files} />}
    </div>
  );
}

function Place({ problem, files }: { problem: ProblemPart; files: readonly PackedFile[] }) {
  const { t } = useTranslation();
  const marked = useRef<HTMLElement>(null);
  const [path = "", pointer = ""] = problem.pointer.split("#");
  const file = files.find((each) => each.path === path) ?? files.find((each) => each.path.endsWith(path.replace(/^[^/]+/, "")) && path.includes("/"));
  useEffect(() => marked.current?.scrollIntoView({ block: "center" }), []);
  if (!file) return <div className={styles.text}><p className={styles.file}>{t("packages.no_text")}</p></div>;
  const line = lineOf(file.text, pointer);
  const lines = file.text.split("\n");
  const from = Math.max(0, line - AROUND);
  return (
    <div className={styles.text} role="region" aria-label={file.path} tabIndex={0}>
      <p className={`${styles.file} mono`}>{file.path}</p>
      <pre className="mono">
        {lines.slice(from, line + AROUND).map((each, index) => {
          const number = from + index;
          return (
            <span key={number} ref={number === line ? marked : undefined} className={cx(styles.line, number === line && styles.wrong)}>
              <i>{number + 1}</i>{each}
            </span>
          );
        })}
      </pre>
    </div>
  );
}
