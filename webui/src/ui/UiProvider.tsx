import { ConfigProvider } from "antd";
import { useSyncExternalStore, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { controlsLocale } from "@/lib/i18n";
import { usePhone } from "@/lib/media";
import { pageNonce } from "@/lib/nonce";
import { antdTheme } from "./theme";
import { themes } from "./themes";

const nonce = pageNonce();
const csp = nonce ? { nonce } : undefined;

/** antd in our look, language and theme; its styles carry the page's nonce. */
export function UiProvider({ children }: { children: ReactNode }) {
  useTranslation();
  const isPhone = usePhone();
  const theme = useSyncExternalStore(themes.subscribe, themes.current);
  return (
    <ConfigProvider
      theme={antdTheme(theme, isPhone)}
      locale={controlsLocale()}
      csp={csp}
      button={{ autoInsertSpace: false }}
      wave={{ disabled: true }}
    >
      {children}
    </ConfigProvider>
  );
}
