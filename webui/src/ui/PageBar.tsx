import { Menu } from "lucide-react";
import { createContext, useContext, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePhone } from "@/lib/media";
import { IconButton } from "./IconButton";
import styles from "./PageBar.module.css";

/** How a page opens the navigation on a phone; the shell provides it. */
export const NavigationContext = createContext<(() => void) | null>(null);

/** One step of the way here. */
export interface Crumb {
  text: string;
  to?: string;
}

/** The bar of 48 px over a page: the way here, its title, and its actions with at most one primary. */
export function PageBar({ crumbs, info, children }: { crumbs: readonly Crumb[]; info?: ReactNode; children?: ReactNode }) {
  const { t } = useTranslation();
  const openNavigation = useContext(NavigationContext);
  const isPhone = usePhone();
  const last = crumbs.at(-1);
  return (
    <header className={styles.bar}>
      {isPhone && openNavigation && <IconButton icon={Menu} label={t("shell.navigation")} onClick={openNavigation} />}
      <nav className={styles.crumbs} aria-label={t("shell.way")}>
        {!isPhone &&
          crumbs.slice(0, -1).map((crumb) => (
            <span key={crumb.text} className={styles.step}>
              {crumb.to ? <Link to={crumb.to} className={styles.link}>{crumb.text}</Link> : crumb.text}
              <span className={styles.slash} aria-hidden>/</span>
            </span>
          ))}
        <h1 className={styles.title}>{last?.text}</h1>
      </nav>
      {info && <div className={styles.info}>{info}</div>}
      <div className={styles.actions}>{children}</div>
    </header>
  );
}
