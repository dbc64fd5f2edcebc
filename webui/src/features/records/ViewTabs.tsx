import { Lock, Rows3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { addresses } from "@/lib/addresses";
import { inText, labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import type { AppEntity, AppView } from "@/lib/wire";
import type { ListState } from "@/render/list/useListState";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { lookOf, LookSwitch } from "./looks/LookSwitch";
import styles from "./ViewTabs.module.css";

/** The views of an entity as tabs; a dot marks the one whose filter, order or columns were changed. */
export function ViewTabs({ base, entity, view, state }: { base: string; entity: AppEntity; view?: AppView; state: ListState }) {
  const { t } = useTranslation();
  const views = useOffer().viewsOf(entity.name);
  const tabs = [
    { id: "", to: addresses.entity(base, entity.name), text: t("list.all", { what: inText(entity.label) }), icon: Rows3 },
    ...views.map((each) => ({ id: each.name, to: addresses.view(base, each.name), text: labelText(each.label), icon: Lock })),
  ];
  return (
    <div className={styles.bar}>
      <nav className={styles.tabs} aria-label={t("list.views")}>
        {tabs.map(({ id, to, text, icon: Icon }) => {
          const isCurrent = id === (view?.name ?? "");
          return (
            <Link key={id} to={to} className={cx(styles.tab, isCurrent && styles.current)} aria-current={isCurrent ? "page" : undefined}>
              <Icon size={14} strokeWidth={1.75} aria-hidden />
              {text}
              {isCurrent && state.isChanged && <i className={styles.dot} title={t("list.changed")} />}
            </Link>
          );
        })}
      </nav>
      <LookSwitch view={view} look={lookOf(view, state.look)} onLook={(look) => state.setLook(look === view?.opens_as ? "" : look)} />
      {state.isChanged && <Button kind="link" small onClick={state.reset}>{t("list.discard_changes")}</Button>}
    </div>
  );
}
