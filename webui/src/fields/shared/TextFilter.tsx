import { Input } from "antd";
import { useTranslation } from "react-i18next";
import type { FilterEditProps } from "../fieldType";

/** One text. */
export function TextFilter({ values, onChange, onDone }: FilterEditProps) {
  const { t } = useTranslation();
  return (
    <Input
      autoFocus
      aria-label={t("list.bulk_value")}
      value={values[0] ?? ""}
      onChange={(event) => onChange([event.target.value])}
      onPressEnter={(event) => !event.nativeEvent.isComposing && onDone()}
    />
  );
}
