import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { currentLanguage, labelText } from "@/lib/i18n";
import { cx } from "@/ui/cx";
import { SkeletonBar } from "@/ui/Skeleton";
import { formulaApi, type FunctionInfo } from "./formulaApi";
import styles from "./FormulaDialog.module.css";

/** All functions by category and meaning; a click shows what one does, a second puts it into the formula. */
export function FunctionHelp({ onChoose }: { onChoose: (text: string, hole: readonly [number, number] | null) => void }) {
  const { t } = useTranslation();
  const { data = [], isLoading } = useQuery({
    queryKey: ["formula", "functions"],
    queryFn: ({ signal }) => formulaApi.functions(signal),
    staleTime: Infinity,
  });
  const [search, setSearch] = useState("");
  const [category, setCategory] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const categories = useMemo(() => [...new Set(data.map((each) => each.category))], [data]);
  const shown = data.filter((each) => (!category || each.category === category) && finds(each, search));
  const picked = shown.find((each) => each.name === chosen) ?? shown[0];
  const put = (each: FunctionInfo) => {
    const takes = !each.signatures.some(({ text }) => text.endsWith("()"));
    onChoose(`${each.name}()`, takes ? [each.name.length + 1, each.name.length + 1] : null);
  };
  return (
    <div className={styles.help}>
      <Input
        prefix={<Search size={14} strokeWidth={1.75} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        placeholder={t("formula.find_function")}
        aria-label={t("formula.find_function")}
        allowClear
      />
      <div className={styles.categories} role="group" aria-label={t("formula.categories")}>
        {["", ...categories].map((each) => (
          <button key={each} type="button" className={cx(styles.category, each === category && styles.on)} aria-pressed={each === category} onClick={() => setCategory(each)}>
            {each ? t(`formula.category.${each}` as "formula.category.logic", { defaultValue: each }) : t("formula.all")}
          </button>
        ))}
      </div>
      {isLoading && <SkeletonBar />}
      <ul className={styles.functions}>
        {shown.map((each) => (
          <li key={each.name}>
            <button
              type="button"
              className={cx(styles.function, each.name === picked?.name && styles.picked)}
              onFocus={() => setChosen(each.name)}
              onMouseEnter={() => setChosen(each.name)}
              onClick={() => put(each)}
            >
              <span className={cx("mono", styles.call)}>{each.name}</span>
              <span className={styles.type}>{currentLanguage() === "en" ? each.category : (each.aliases[0] ?? "")}</span>
            </button>
          </li>
        ))}
      </ul>
      {picked && (
        <div className={styles.card} aria-live="polite">
          {picked.signatures.map(({ text }) => <div key={text} className={cx("mono", styles.signature)}>{text}</div>)}
          <p>{labelText(picked.doc)}</p>
          <div className={cx("mono", styles.example)}>{picked.example}</div>
        </div>
      )}
    </div>
  );
}

function finds(each: FunctionInfo, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return true;
  return [each.name, ...each.aliases, each.doc.zh, each.doc.en].some((text) => text.toLowerCase().includes(wanted));
}
