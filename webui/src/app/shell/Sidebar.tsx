import { PanelLeftClose, PanelLeftOpen, Search } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { useNarrow } from "@/lib/media";
import { read, write } from "@/lib/memory";
import { useOffer } from "@/lib/offer";
import type { App } from "@/lib/wire";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import { Kbd } from "@/ui/Kbd";
import { places } from "../places";
import { AppSwitcher } from "./AppSwitcher";
import { MenuGroup } from "./MenuGroup";
import { NavLine } from "./NavLine";
import styles from "./Sidebar.module.css";
import { UserMenu } from "./UserMenu";

const SidebarSheet = lazy(async () => ({ default: (await import("./SidebarSheet")).SidebarSheet }));

/** Application, search, places, the application's menus, and the person: 216 px, 56 px, or a sheet on a phone. */
export function Sidebar({ app, isSheet, isOpen, onClose, onSearch, onKeys }: {
  app: App;
  isSheet: boolean;
  isOpen: boolean;
  onClose: () => void;
  onSearch: () => void;
  onKeys: () => void;
}) {
  const { t } = useTranslation();
  const isNarrow = useNarrow();
  const [isFolded, setFolded] = useState(() => read("sidebar") === "folded");
  const isSmall = !isSheet && (isNarrow || isFolded);
  const fold = () => {
    write("sidebar", isFolded ? null : "folded");
    setFolded(!isFolded);
  };
  const body = <SidebarBody app={app} isSmall={isSmall} onSearch={onSearch} onKeys={onKeys} onLeave={onClose} />;
  if (isSheet) {
    return isOpen ? <Suspense fallback={null}><SidebarSheet isOpen onClose={onClose}>{body}</SidebarSheet></Suspense> : null;
  }
  return (
    <aside className={cx(styles.aside, isSmall && styles.small)}>
      {body}
      {!isNarrow && (
        <div className={styles.fold}>
          <IconButton
            icon={isFolded ? PanelLeftOpen : PanelLeftClose}
            label={isFolded ? t("shell.expand") : t("shell.collapse")}
            onClick={fold}
            placement="right"
          />
        </div>
      )}
    </aside>
  );
}

function SidebarBody({ app, isSmall, onSearch, onKeys, onLeave }: {
  app: App;
  isSmall: boolean;
  onSearch: () => void;
  onKeys: () => void;
  onLeave: () => void;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const { pathname } = useLocation();
  const base = `/a/${app.name}`;
  const shown = places.filter((place) => place.can?.(offer) ?? true);
  const addressOf = (place: (typeof places)[number]) =>
    place.at === "foot" ? place.path.replace(":app", app.name) : `${base}/${place.path}`.replace(/\/$/, "");
  const isHere = (place: (typeof places)[number]) =>
    pathname === addressOf(place) || (place.at === "foot" && pathname.startsWith(`${addressOf(place)}/`));
  const line = (place: (typeof places)[number]) => (
    <NavLine
      key={place.id}
      to={addressOf(place)}
      icon={place.icon}
      text={t(place.label as "shell.home")}
      isSmall={isSmall}
      useCount={place.useCount}
      isCurrent={isHere(place)}
      onClick={onLeave}
    />
  );
  return (
    <div className={styles.body}>
      <AppSwitcher app={app} isSmall={isSmall} />
      <button type="button" className={styles.search} onClick={onSearch} aria-label={isSmall ? t("shell.search") : undefined}>
        <Search size={15} strokeWidth={1.75} aria-hidden />
        {!isSmall && <span className={styles.searchText}>{t("shell.search")}</span>}
        {!isSmall && <Kbd keys="mod+k" />}
      </button>
      <nav className={styles.nav} aria-label={t("shell.navigation")}>
        <ul>{shown.filter((place) => place.at !== "foot").map(line)}</ul>
        {app.menus.map((menu) => (
          <MenuGroup key={menu.name} menu={menu} base={base} isSmall={isSmall} onLeave={onLeave} />
        ))}
      </nav>
      <ul className={styles.foot}>{shown.filter((place) => place.at === "foot").map(line)}</ul>
      <UserMenu isSmall={isSmall} onKeys={onKeys} />
    </div>
  );
}
