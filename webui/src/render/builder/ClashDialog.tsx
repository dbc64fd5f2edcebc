import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import styles from "./ClashDialog.module.css";
import { useDraft } from "./draft";

/** Somebody else has saved the same place: both versions side by side, and a choice. Nothing is lost silently. */
export function ClashDialog() {
  const { t } = useTranslation();
  const { clash, settle } = useDraft();
  return (
    <Modal
      open={clash !== null}
      width={720}
      title={t("builder.clash_title")}
      closable={false}
      keyboard={false}
      footer={
        <div className={styles.foot}>
          <Button onClick={() => settle("theirs")}>{t("builder.take_theirs")}</Button>
          <Button kind="primary" onClick={() => settle("ours")}>{t("builder.keep_ours")}</Button>
        </div>
      }
    >
      <p>{t("builder.clash_text")}</p>
      <table className={styles.table}>
        <thead>
          <tr><th>{t("builder.place")}</th><th>{t("builder.ours")}</th><th>{t("builder.theirs")}</th></tr>
        </thead>
        <tbody>
          {clash?.clashes.map((each) => (
            <tr key={each.pointer}>
              <th className="mono">{each.pointer}</th>
              <td className="mono">{shown(each.ours)}</td>
              <td className="mono">{shown(each.theirs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}

function shown(value: unknown): string {
  return value === undefined || value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value);
}
