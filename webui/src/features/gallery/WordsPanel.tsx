import { useTranslation } from "react-i18next";
import { AddChip, Chip } from "@/ui/Chip";
import { Panel } from "@/ui/Panel";
import { Sentence } from "@/ui/Sentence";
import { Tag } from "@/ui/Tag";
import styles from "./Gallery.module.css";

/** Tags, chips and tokens. */
export function WordsPanel() {
  const { t } = useTranslation();
  const nothing = () => undefined;
  return (
    <Panel className={styles.card}>
      <h2 className={styles.title}>{t("gallery.tags")}</h2>
      <div className={styles.line}>
        <Tag tone="pri" dot>{t("gallery.level")}</Tag>
        <Tag tone="ok">{t("gallery.passed")}</Tag>
        <Tag tone="warn">{t("gallery.clash")}</Tag>
        <Tag tone="err">{t("gallery.deleted")}</Tag>
        <Tag tone="vio">{t("gallery.renamed")}</Tag>
        <Tag tone="teal">{t("gallery.baby")}</Tag>
        <Tag tone="neu">{t("gallery.subform")}</Tag>
        <Tag tone="neu" outlined>{t("gallery.rest")}</Tag>
      </div>
      <div className={styles.line}>
        <Chip
          field={{ text: t("gallery.state") }}
          operator={{ text: t("gallery.is"), onClick: nothing }}
          value={{ text: "V3, V4", onClick: nothing }}
          onRemove={nothing}
          removeLabel={t("action.remove")}
        />
        <AddChip>{t("list.add_filter")}</AddChip>
      </div>
      <div className={styles.line}>
        <Sentence
          words={[
            t("gallery.when"), { kind: "literal", text: `${t("gallery.row")} · ${t("gallery.kind")}` },
            { kind: "operator", text: t("gallery.is") }, { kind: "field", text: t("gallery.fresh") }, t("gallery.then"),
            { kind: "number", text: "2" }, t("gallery.read"),
            { kind: "relation", text: `${t("gallery.row")} · ${t("gallery.state")}` },
          ]}
        />
      </div>
    </Panel>
  );
}
