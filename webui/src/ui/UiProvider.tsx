import { ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { useSyncExternalStore, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePhone } from "@/lib/media";
import { pageNonce } from "@/lib/nonce";
import { antdTheme } from "./theme";
import { themes } from "./themes";

const nonce = pageNonce();
const csp = nonce ? { nonce } : undefined;

/** antd in our look, language and theme; its styles carry the page's nonce. */
export function UiProvider({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const isPhone = usePhone();
  const theme = useSyncExternalStore(themes.subscribe, themes.current);
  return (
    <ConfigProvider
      theme={antdTheme(theme, isPhone)}
      locale={i18n.language === "en" ? en : zh}
      csp={csp}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: true }}
    >
      {children}
    </ConfigProvider>
  );
}
