import type { MenuProps } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { api } from "@/lib/api";
import { changeLanguage, currentLanguage, LANGUAGES } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { AvatarTile } from "@/ui/AvatarTile";
import { MenuButton } from "@/ui/MenuButton";
import { type ThemeChoice, themes } from "@/ui/themes";
import styles from "./UserMenu.module.css";

/** The person: language, appearance, settings, shortcuts, and the way out. */
export function UserMenu({ isSmall, onKeys }: { isSmall: boolean; onKeys: () => void }) {
  const { t } = useTranslation();
  const { user } = useOffer();
  const { app = "" } = useParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const name = user.display_name || user.name;
  const role = user.is_admin ? t("shell.administrator") : user.roles.join(", ");
  const leave = async () => {
    await api.post("/api/v1/auth/logout").catch(() => undefined);
    client.clear();
    await navigate("/sign-in", { replace: true });
  };
  const items: MenuProps["items"] = [
    { key: "settings", label: t("shell.settings") },
    { key: "keys", label: t("shell.keyboard") },
    { type: "divider" },
    {
      key: "language", label: t("shell.language"),
      children: LANGUAGES.map(({ code, name: own, tag }) => ({ key: `language:${code}`, label: <span lang={tag}>{own}</span> })),
    },
    {
      key: "theme", label: t("shell.theme"),
      children: (["light", "dark", "system"] as const).map((each) => ({ key: `theme:${each}`, label: t(`shell.${each}`) })),
    },
    { type: "divider" },
    { key: "leave", label: t("shell.sign_out") },
  ];
  const choose = (key: string) => {
    const [what, value] = key.split(":");
    if (what === "language") void changeLanguage(value === "en" ? "en" : "zh-CN");
    else if (what === "theme") themes.choose(value as ThemeChoice);
    else if (what === "settings") void navigate(`/a/${app}/settings`);
    else if (what === "keys") onKeys();
    else void leave();
  };
  const selectedKeys = [`language:${currentLanguage()}`, `theme:${themes.choice()}`];
  return (
    <MenuButton
      placement="topLeft"
      menu={{ items, selectedKeys, onClick: ({ key }) => choose(key) }}
      className={styles.button}
    >
      <span className="visually-hidden">{t("shell.account")}: {isSmall && name}</span>
      <AvatarTile name={name} identity={user.id} size={24} />
      {!isSmall && (
        <span className={styles.text}>
          <span className={styles.name}>{name}</span>
          {role && <span className={styles.role}>{role}</span>}
        </span>
      )}
    </MenuButton>
  );
}
