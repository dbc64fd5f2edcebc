import { Segmented, Switch } from "antd";
import { useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { baseOf } from "@/lib/addresses";
import { changeLanguage, currentLanguage, type Language, LANGUAGES } from "@/lib/i18n";
import { setSingleKeys, singleKeysAreOn } from "@/lib/shortcuts";
import { useOffer } from "@/lib/offer";
import { PageBar } from "@/ui/PageBar";
import { Panel } from "@/ui/Panel";
import { type ThemeChoice, themes } from "@/ui/themes";
import { PasswordForm } from "./PasswordForm";
import styles from "./SettingsPage.module.css";

/** The person's own settings: language, appearance, keys, password. */
export function SettingsPage() {
  const { t } = useTranslation();
  const { user } = useOffer();
  const { pathname } = useLocation();
  const choice = useSyncExternalStore(themes.subscribe, themes.choice);
  const [hasKeys, setKeys] = useState(singleKeysAreOn);
  return (
    <>
      <PageBar crumbs={[{ text: t("shell.settings") }]} />
      <div className={styles.page}>
        <Panel title={user.display_name || user.name} className={styles.panel}>
          <div className={styles.rows}>
            <div className={styles.row}>
              <span id="set-language">{t("shell.language")}</span>
              <Segmented<Language>
                aria-labelledby="set-language"
                value={currentLanguage()}
                onChange={(next) => void changeLanguage(next)}
                options={LANGUAGES.map(({ code, name }) => ({ value: code, label: name }))}
              />
            </div>
            <div className={styles.row}>
              <span id="set-theme">{t("shell.theme")}</span>
              <Segmented<ThemeChoice>
                aria-labelledby="set-theme"
                value={choice}
                onChange={(next) => themes.choose(next)}
                options={(["light", "dark", "system"] as const).map((value) => ({ value, label: t(`shell.${value}`) }))}
              />
            </div>
            <div className={styles.row}>
              <span>
                <span id="set-keys">{t("shell.single_keys")}</span>
                <small className={styles.help}>{t("shell.single_keys_text")}</small>
              </span>
              <Switch
                size="small"
                aria-labelledby="set-keys"
                checked={hasKeys}
                onChange={(on) => {
                  setSingleKeys(on);
                  setKeys(on);
                }}
              />
            </div>
          </div>
        </Panel>
        <Panel title={t("admin.api")} className={styles.panel}>
          <div className={styles.row}>
            <small className={styles.help}>{t("shell.keys_text")}</small>
            <Link to={`${baseOf(pathname)}/admin/api`}>{t("shell.keys_manage")}</Link>
          </div>
        </Panel>
        <Panel title={t("shell.change_password")} className={styles.panel}><PasswordForm /></Panel>
      </div>
    </>
  );
}
