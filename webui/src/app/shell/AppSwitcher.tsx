import { Check, ChevronsUpDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import type { App } from "@/lib/wire";
import { AvatarTile } from "@/ui/AvatarTile";
import { Logo } from "@/ui/Logo";
import { MenuButton } from "@/ui/MenuButton";
import styles from "./AppSwitcher.module.css";

/** Logo and name of the application; opens the list of the others. */
export function AppSwitcher({ app, isSmall }: { app: App; isSmall: boolean }) {
  const { t } = useTranslation();
  const { apps } = useOffer();
  const navigate = useNavigate();
  const items = apps.map((each) => ({
    key: each.name,
    label: (
      <span className={styles.item}>
        <AvatarTile name={labelText(each.label)} identity={each.name} size={24} />
        <span className={styles.name}>{labelText(each.label)}</span>
        <Check size={14} strokeWidth={1.75} aria-hidden style={{ visibility: each.name === app.name ? "visible" : "hidden" }} />
      </span>
    ),
  }));
  return (
    <MenuButton
      menu={{ items, selectedKeys: [app.name], onClick: ({ key }) => void navigate(`/a/${key}`) }}
      className={styles.button}
    >
      <span className="visually-hidden">{t("shell.switch")}: {isSmall && labelText(app.label)}</span>
      <Logo size={20} />
      {!isSmall && <span className={styles.title}>{labelText(app.label)}</span>}
      {!isSmall && <ChevronsUpDown size={14} strokeWidth={1.75} aria-hidden className={styles.icon} />}
    </MenuButton>
  );
}
