import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import { listText } from "@/lib/problems";
import type { figuresOf } from "./importApi";

const NAMES = ["created", "revised", "unchanged", "rejected"] as const;

/** Figures as a sentence: 新建 120 条、更新 3 条. */
export function useFiguresText(): (figures: ReturnType<typeof figuresOf>) => string {
  const { t } = useTranslation();
  return (figures) => {
    const told = NAMES.filter((name) => figures[name] > 0).map((name) => t(`imports.n_${name}`, { count: figures[name], formatted: formatNumber(figures[name]) }));
    return told.length ? listText(told) : t("imports.nothing_done");
  };
}
