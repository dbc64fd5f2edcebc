import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { addressOfItem } from "@/lib/addresses";
import { formatNumber } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { recents } from "@/lib/recents";
import type { AppMenuItem } from "@/lib/wire";
import { dashboardApi, dashboardKeys } from "@/render/dashboard/dashboardApi";
import { DashboardView } from "@/render/dashboard/DashboardView";
import { useFigures } from "@/render/list/useRows";
import { AvatarTile } from "@/ui/AvatarTile";
import { iconOf } from "@/ui/icons";
import { PageBar } from "@/ui/PageBar";
import { Panel } from "@/ui/Panel";
import { SkeletonForm } from "@/ui/Skeleton";
import styles from "./HomePage.module.css";

const flat = (items: readonly AppMenuItem[]): AppMenuItem[] => items.flatMap((item) => (item.items.length ? flat(item.items) : [item]));

/** The application's own first dashboard where it has one, else what there is and what was open last. */
export function HomePage() {
  const { app: name = "" } = useParams();
  const offer = useOffer();
  const app = offer.apps.find((each) => each.name === name);
  const boards = flat(app?.menus.flatMap((menu) => menu.items) ?? []).filter((item) => item.kind === "dashboard");
  const { data, isLoading } = useQuery({
    queryKey: dashboardKeys.all,
    queryFn: ({ signal }) => dashboardApi.list(signal),
    enabled: boards.length > 0,
    staleTime: 60_000,
  });
  const first = data?.find((each) => each.is_home && boards.some((item) => item.target === each.name));
  if (isLoading) return <SkeletonForm fields={6} />;
  return first ? <DashboardView key={first.name} app={name} name={first.name} isHome /> : <StartPage name={name} />;
}

function StartPage({ name }: { name: string }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const app = offer.apps.find((each) => each.name === name);
  const base = `/a/${name}`;
  const items = flat(app?.menus.flatMap((menu) => menu.items) ?? []);
  const counted = items.flatMap((item) => {
    const view = item.kind === "view" ? offer.view(item.target) : undefined;
    const entity = offer.entity(item.kind === "entity" ? item.target : (view?.entity ?? ""));
    return entity ? [{ item, entity: entity.name, filter: view?.filter ?? "" }] : [];
  });
  const last = recents().filter((recent) => recent.to.startsWith(`${base}/`));
  return (
    <>
      <PageBar crumbs={[{ text: t("shell.home") }]} />
      <div className={styles.page}>
        <div className={styles.inner}>
          <div className={styles.columns}>
            <Panel title={t("list.views")} flush>
              <ul>
                {items.map((item) => {
                  const Icon = iconOf(item.icon, item.kind);
                  const known = counted.find((each) => each.item === item);
                  return (
                    <li key={item.uid + item.target}>
                      <Link to={addressOfItem(base, item)} className={styles.line}>
                        <Icon size={15} strokeWidth={1.75} aria-hidden />
                        <span className={styles.name}>{labelText(item.label)}</span>
                        {known && <span className={`${styles.count} num`}><Count entity={known.entity} filter={known.filter} /></span>}
                      </Link>
                    </li>
                  );
                })}
              </ul>
            </Panel>
            <Panel title={t("palette.recent")} flush>
              {last.length === 0 && <p className={styles.none}>{t("record.history_none")}</p>}
              <ul>
                {last.slice(0, 8).map((recent) => (
                  <li key={recent.to}>
                    <Link to={recent.to} className={styles.line}>
                      <AvatarTile name={recent.title} identity={recent.identity} size={24} />
                      <span className={styles.name}>{recent.title}</span>
                      <span className={styles.count}>{recent.kind}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            </Panel>
          </div>
        </div>
      </div>
    </>
  );
}

function Count({ entity, filter }: { entity: string; filter: string }) {
  const { data } = useFigures(entity, { n: "count" }, filter.replace(/^\s*=/, ""));
  return <>{typeof data?.n === "number" ? formatNumber(data.n) : "–"}</>;
}
