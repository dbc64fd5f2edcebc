import { Dropdown } from "antd";
import { Check, ChevronDown, Languages } from "lucide-react";
import { useTranslation } from "react-i18next";
import { changeLanguage, currentLanguage, LANGUAGES } from "@/lib/i18n";
import styles from "./LanguageMenu.module.css";

/** Each language by its own name in its own script; remembered before sign-in too. */
export function LanguageMenu() {
  const { t } = useTranslation();
  const shown = currentLanguage();
  const items = LANGUAGES.map(({ code, name, tag }) => ({
    key: code,
    label: (
      <span className={styles.item} lang={tag}>
        <span className={styles.name}>{name}</span>
        <span className={styles.tag}>{tag}</span>
        <Check size={14} strokeWidth={1.75} aria-hidden style={{ visibility: code === shown ? "visible" : "hidden" }} />
      </span>
    ),
  }));
  const choose = (key: string) => void changeLanguage(key === "en" ? "en" : "zh-CN");
  return (
    <Dropdown trigger={["click"]} placement="bottomRight" menu={{ items, selectedKeys: [shown], onClick: ({ key }) => choose(key) }}>
      <button type="button" className={styles.button} aria-label={`${t("sign_in.language")}: ${LANGUAGES.find((each) => each.code === shown)?.name}`}>
        <Languages size={15} strokeWidth={1.75} aria-hidden />
        {LANGUAGES.find((each) => each.code === shown)?.name}
        <ChevronDown size={14} strokeWidth={1.75} aria-hidden />
      </button>
    </Dropdown>
  );
}
