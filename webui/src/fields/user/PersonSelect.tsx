import { Select } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { nameOf, peopleQuery } from "@/lib/people";
import { useSettled } from "@/lib/time";
import type { FieldIds } from "@/ui/FieldRow";

/** Choose people by a part of their name. */
export function PersonSelect({ chosen, onChoose, many = false, ids, isWrong, autoFocus, onBlur, isCell }: {
  chosen: readonly number[];
  onChoose: (ids: readonly number[]) => void;
  many?: boolean;
  ids?: Partial<FieldIds>;
  isWrong?: boolean;
  autoFocus?: boolean;
  onBlur?: () => void;
  isCell?: boolean;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const settled = useSettled(text, 200);
  const found = useQuery({ ...peopleQuery({ q: settled }), placeholderData: (before) => before });
  const named = useQuery({ ...peopleQuery({ ids: chosen }), enabled: chosen.length > 0 });
  const people = [...(found.data ?? []), ...(named.data ?? [])];
  const options = [...new Map(people.map((person) => [person.id, { value: person.id, label: nameOf(person) }])).values()];
  return (
    <Select<number | number[] | null>
      {...ids}
      mode={many ? "multiple" : undefined}
      value={many ? [...chosen] : (chosen[0] ?? null)}
      options={options}
      showSearch={{ filterOption: false, onSearch: setText }}
      allowClear
      placeholder={t("field.choose")}
      notFoundContent={found.isFetching ? t("state.loading") : t("field.no_match")}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      style={{ width: "100%" }}
      onChange={(next) => onChoose(next === null || next === undefined ? [] : [next].flat())}
      onBlur={onBlur}
    />
  );
}
