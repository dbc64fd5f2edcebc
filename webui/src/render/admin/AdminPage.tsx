import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { baseOf } from "@/lib/addresses";
import { useOffer } from "@/lib/offer";
import { cx } from "@/ui/cx";
import { PageBar } from "@/ui/PageBar";
import styles from "./AdminPage.module.css";
import { type Section, SECTIONS } from "./sections";

/** A page of the administration: its bar, the other places, and what it is about. panel: docked at the right. */
export function AdminPage({ at, info, actions, panel, children }: {
  at: Section["id"];
  info?: ReactNode;
  actions?: ReactNode;
  panel?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const base = baseOf(useLocation().pathname);
  return (
    <>
      <PageBar crumbs={[{ text: t("admin.title"), to: `${base}/admin` }, { text: t(`admin.${at}`) }]} info={info}>{actions}</PageBar>
      <nav className={styles.places} aria-label={t("admin.title")}>
        {SECTIONS.filter((section) => section.can(offer)).map(({ id, path, icon: Icon }) => (
          <Link key={id} to={`${base}/${path}`} className={cx(styles.place, id === at && styles.here)} aria-current={id === at ? "page" : undefined}>
            <Icon size={15} strokeWidth={1.75} aria-hidden />
            {t(`admin.${id}`)}
          </Link>
        ))}
      </nav>
      <div className={styles.frame}>
        <div className={styles.page}>{children}</div>
        {panel}
      </div>
    </>
  );
}
