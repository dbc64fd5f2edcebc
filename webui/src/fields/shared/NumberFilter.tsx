import { Input } from "antd";
import { useTranslation } from "react-i18next";
import type { FilterEditProps } from "../fieldType";

/** One number, or two for a range. */
export function NumberFilter({ operator, values, onChange, onDone }: FilterEditProps) {
  const { t } = useTranslation();
  const one = (place: 0 | 1) => (
    <Input
      autoFocus={place === 0}
      className="num"
      inputMode="decimal"
      aria-label={t("list.bulk_value")}
      value={values[place] ?? ""}
      onChange={(event) => {
        const next = [values[0] ?? "", values[1] ?? ""];
        next[place] = event.target.value;
        onChange(operator.takes === 2 ? next : next.slice(0, 1));
      }}
      onPressEnter={onDone}
    />
  );
  if (operator.takes !== 2) return one(0);
  return <div style={{ display: "flex", alignItems: "center", gap: 8 }}>{one(0)}–{one(1)}</div>;
}
