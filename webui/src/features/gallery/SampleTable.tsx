import { Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import { formatNumber } from "@/lib/formats";
import { Panel } from "@/ui/Panel";
import { Tag } from "@/ui/Tag";
import type { Tone } from "@/ui/tone";
import styles from "./Gallery.module.css";

const ROWS: readonly { id: 1 | 2 | 3 | 4; level: "level" | "level2" | "level3"; tone: Tone; amount: string; state: string }[] = [
  { id: 1, level: "level", tone: "pri", amount: "12846", state: "current" },
  { id: 2, level: "level2", tone: "vio", amount: "31075", state: "checked" },
  { id: 3, level: "level3", tone: "neu", amount: "86210", state: "" },
  { id: 4, level: "level", tone: "pri", amount: "9318", state: "" },
];

/** A table's look: head, hairlines, current row and checked row. */
export function SampleTable() {
  const { t } = useTranslation();
  return (
    <Panel title={t("gallery.table")} flush>
      <table className={styles.table}>
        <thead>
          <tr>
            <th><Checkbox indeterminate aria-label={t("list.select_loaded")} /></th>
            <th>{t("gallery.row")}</th>
            <th>{t("gallery.state")}</th>
            <th className={styles.right}>{t("gallery.amount")}</th>
          </tr>
        </thead>
        <tbody>
          {ROWS.map((row) => {
            const name = t(`gallery.person${row.id}`);
            return (
              <tr key={row.id} aria-selected={row.state !== ""} className={row.state === "current" ? styles.current : ""}>
                <td><Checkbox defaultChecked={row.state === "checked"} aria-label={t("list.select_row", { name })} /></td>
                <td><b style={{ fontWeight: 500 }}>{name}</b></td>
                <td><Tag tone={row.tone} dot>{t(`gallery.${row.level}`)}</Tag></td>
                <td className={`${styles.right} num`}>{formatNumber(row.amount)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
