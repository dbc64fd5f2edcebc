import { Checkbox, Input, Radio, Segmented, Switch } from "antd";
import { Columns3, Plus, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { IconButton } from "@/ui/IconButton";
import { Kbd } from "@/ui/Kbd";
import { Panel } from "@/ui/Panel";
import styles from "./Gallery.module.css";

/** Buttons and the controls that antd supplies, in our look. */
export function ControlsPanel() {
  const { t } = useTranslation();
  const [part, setPart] = useState("all");
  return (
    <Panel className={styles.card}>
      <h2 className={styles.title}>{t("gallery.controls")}</h2>
      <div className={styles.line}>
        <Button kind="primary" icon={<Plus />}>{t("gallery.new")}</Button>
        <Button>{t("gallery.default")}</Button>
        <Button kind="soft">{t("gallery.soft")}</Button>
        <Button kind="text">{t("gallery.plain")}</Button>
        <Button kind="danger">{t("gallery.refuse")}</Button>
        <Button reason={t("gallery.off_reason")}>{t("gallery.off")}</Button>
      </div>
      <div className={styles.line}>
        <Button kind="primary" small>{t("gallery.small")}</Button>
        <Button small>{t("gallery.small")}</Button>
        <IconButton icon={Search} label={t("action.search")} keys="/" />
        <IconButton icon={Columns3} label={t("list.columns")} pressed />
        <Kbd keys="mod+k" />
      </div>
      <div className={styles.line}>
        <Segmented
          value={part}
          onChange={setPart}
          options={["all", "gain", "spend"].map((value) => ({ value, label: t(`gallery.${value}` as "gallery.all") }))}
        />
        <Switch size="small" defaultChecked aria-label={t("field.on")} />
        <Switch size="small" aria-label={t("field.off")} />
        <Checkbox defaultChecked aria-label={t("gallery.selected")} />
        <Checkbox indeterminate aria-label={t("gallery.selected")} />
        <Checkbox aria-label={t("gallery.selected")} />
        <Radio defaultChecked aria-label={t("gallery.selected")} />
        <Radio aria-label={t("gallery.normal")} />
      </div>
      <div className={styles.inputs}>
        <FieldRow label={t("gallery.normal")}>{(ids) => <Input {...ids} defaultValue={t("gallery.person1")} />}</FieldRow>
        <FieldRow label={t("gallery.focused")}>
          {(ids) => <Input {...ids} className="ant-input-focused" defaultValue={t("gallery.person1")} />}
        </FieldRow>
        <FieldRow label={t("gallery.wrong")} errors={[t("gallery.eleven")]}>
          {(ids) => <Input {...ids} status="error" defaultValue="1385512" />}
        </FieldRow>
      </div>
    </Panel>
  );
}
