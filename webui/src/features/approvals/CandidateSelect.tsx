import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSettled } from "@/lib/time";
import { approvalKeys, approvalsApi, type Person } from "./approvalsApi";

/** Choose among the people whom a task may be given to. */
export function CandidateSelect({ task, many, chosen, onChoose, label }: {
  task: number;
  many: boolean;
  chosen: readonly number[];
  onChoose: (ids: readonly number[]) => void;
  label: string;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [known, setKnown] = useState<readonly Person[]>([]);
  const settled = useSettled(text, 200);
  const found = useQuery({
    queryKey: [...approvalKeys.task(task), "people", settled],
    queryFn: ({ signal }) => approvalsApi.people(task, settled, signal),
    placeholderData: (before) => before,
  });
  const people = [...new Map([...known, ...(found.data ?? [])].map((each) => [each.id, each])).values()];
  return (
    <Select<number | number[] | null>
      mode={many ? "multiple" : undefined}
      aria-label={label}
      value={many ? [...chosen] : (chosen[0] ?? null)}
      options={people.map((each) => ({ value: each.id, label: each.name }))}
      showSearch={{ filterOption: false, onSearch: setText }}
      autoFocus
      placeholder={label}
      notFoundContent={found.isFetching ? t("state.loading") : t("field.no_match")}
      style={{ minWidth: 160 }}
      placement="topLeft"
      onChange={(next) => {
        const ids = next === null || next === undefined ? [] : [next].flat();
        setKnown(people.filter((each) => ids.includes(each.id)));
        onChoose(ids);
      }}
    />
  );
}
