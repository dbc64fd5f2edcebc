import { Select } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/lib/keys";
import { useOffer } from "@/lib/offer";
import { records } from "@/lib/records";
import { useSettled } from "@/lib/time";
import type { WireRecord } from "@/lib/wire";
import type { FieldIds } from "@/ui/FieldRow";
import { searchFormula } from "../search";
import { subtitleOf, titleOf } from "../titles";
import styles from "./RecordSelect.module.css";

/** Choose records of an entity by writing a part of their name or key. */
export function RecordSelect({ to, chosen, onChoose, many = false, ids, isWrong, autoFocus, onBlur, isCell, isOpen }: {
  to: string | undefined;
  /** What is chosen: records, or ids that are asked for. */
  chosen: readonly WireRecord[];
  onChoose: (records: readonly WireRecord[]) => void;
  many?: boolean;
  ids?: Partial<FieldIds>;
  isWrong?: boolean;
  autoFocus?: boolean;
  onBlur?: () => void;
  isCell?: boolean;
  isOpen?: boolean;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const entity = to ? offer.entity(to) : undefined;
  const [text, setText] = useState("");
  const [isAsked, setAsked] = useState(Boolean(isOpen));
  const settled = useSettled(text, 200);
  const filter = entity ? searchFormula(entity, [], settled) : "";
  const asked = { filter, limit: 20, sort: entity?.title ? [entity.title] : [] };
  const found = useQuery({
    queryKey: keys.names(to ?? "", asked),
    queryFn: ({ signal }) => records.list(to!, asked, signal),
    enabled: isAsked && entity !== undefined,
    placeholderData: (before) => before,
  });
  const known = new Map([...chosen, ...(found.data?.data ?? [])].map((record) => [record.id, record]));
  const shown = [...(found.data?.data ?? []), ...chosen.filter((record) => !found.data?.data.some((each) => each.id === record.id))];
  const options = shown.map((record) => ({
    value: record.id,
    label: titleOf(entity, record),
    detail: entity ? subtitleOf(entity, record) : "",
  }));
  const take = (value: number | number[] | null | undefined) => {
    const wanted = value === null || value === undefined ? [] : [value].flat();
    onChoose(wanted.flatMap((id) => known.get(id) ?? []));
  };
  return (
    <Select<number | number[] | null>
      {...ids}
      mode={many ? "multiple" : undefined}
      value={many ? chosen.map((record) => record.id) : (chosen[0]?.id ?? null)}
      options={options}
      showSearch={{ filterOption: false, onSearch: setText }}
      allowClear
      placeholder={t("field.choose_record")}
      notFoundContent={found.isFetching ? t("state.loading") : t("field.no_match")}
      status={isWrong ? "error" : undefined}
      size={isCell ? "small" : undefined}
      autoFocus={autoFocus}
      defaultOpen={isOpen}
      style={{ width: "100%" }}
      optionRender={({ data }) => (
        <span className={styles.option}>
          <span className={styles.name}>{data.label}</span>
          {data.detail && <span className={styles.detail}>{data.detail}</span>}
        </span>
      )}
      onOpenChange={(open) => open && setAsked(true)}
      onChange={take}
      onBlur={onBlur}
    />
  );
}
