import { InputNumber, Select, Space } from "antd";
import { useTranslation } from "react-i18next";
import type { FieldIds } from "@/ui/FieldRow";
import styles from "./FlowPage.module.css";

const UNITS = ["s", "m", "h", "d", "w"] as const;

/** A length of time: a number and its unit. */
export function DurationInput({ ids, value, onChange }: { ids: FieldIds; value: string; onChange: (value: string, isTyping?: boolean) => void }) {
  const { t } = useTranslation();
  const [, amount = "", unit = "d"] = /^(\d+)([smhdw])$/.exec(value) ?? [];
  return (
    <Space.Compact className={styles.full}>
      <InputNumber {...ids} className={styles.grow} min={1} max={999_999} precision={0} value={amount === "" ? null : Number(amount)}
        onChange={(next) => onChange(next === null ? "" : `${next}${unit}`, true)} />
      <Select value={unit} aria-label={t("flows.unit_of_time")} className={styles.unit} options={UNITS.map((each) => ({ value: each, label: t(`flows.units.${each}`) }))}
        onChange={(next) => onChange(`${amount || 1}${next}`)} />
    </Space.Compact>
  );
}
