import { Segmented, Select } from "antd";
import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { freshUid } from "@/render/builder/words";
import { IconButton } from "@/ui/IconButton";
import type { SortBody } from "./viewModel";
import styles from "./Views.module.css";

/** What the rows are sorted by, said as sentences: by this, ascending; then by that. */
export function SortList({ sort, choices, onChange }: {
  sort: readonly SortBody[];
  choices: { value: string; label: string }[];
  onChange: (sort: SortBody[]) => void;
}) {
  const { t } = useTranslation();
  const set = (uid: string, values: Partial<SortBody>) => onChange(sort.map((each) => (each.uid === uid ? { ...each, ...values } : each)));
  return (
    <section aria-label={t("views.sort")}>
      <h3 className={styles.heading}>{t("views.sort")}</h3>
      <ul className={styles.sorts}>
        {sort.map((each, index) => (
          <li key={each.uid} className={styles.sort}>
            <span>{t(index === 0 ? "views.by" : "views.then_by")}</span>
            <Select className={styles.grow} showSearch={{ optionFilterProp: "label" }} value={each.by} aria-label={t("views.sort")} options={choices} onChange={(by) => set(each.uid, { by })} />
            <Segmented<"asc" | "desc"> size="small" value={each.direction ?? "asc"} aria-label={t("views.direction")} options={[{ value: "asc", label: t("views.asc") }, { value: "desc", label: t("views.desc") }]}
              onChange={(direction) => set(each.uid, { direction })} />
            <IconButton icon={Trash2} size={14} label={t("views.remove_sort")} onClick={() => onChange(sort.filter((other) => other !== each))} />
          </li>
        ))}
      </ul>
      <Select className={styles.full} showSearch={{ optionFilterProp: "label" }} value={null} placeholder={t("views.add_sort")} aria-label={t("views.add_sort")}
        options={choices.filter((each) => !sort.some((other) => other.by === each.value))} onChange={(by: string | null) => by && onChange([...sort, { uid: freshUid(), by }])} />
    </section>
  );
}
