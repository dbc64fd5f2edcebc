import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { BlockBody } from "@/render/dashboard/BlockBody";
import { dashboardApi, dashboardKeys } from "@/render/dashboard/dashboardApi";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { ErrorBoundary } from "@/ui/ErrorBoundary";
import { Logo } from "@/ui/Logo";
import { Note } from "@/ui/Note";
import styles from "./WallPage.module.css";

const COLUMNS = 48;
const ROWS = 27;
const REFRESH_MS = 30_000;

/** The dashboard on a wall: dark, without controls, renewed by itself; it says how old its figures are. */
export function WallPage() {
  const { t } = useTranslation();
  const { app = "", name = "" } = useParams();
  const dashboard = useQuery({ queryKey: dashboardKeys.one(name), queryFn: ({ signal }) => dashboardApi.get(name, signal) });
  const wait = dashboard.data?.refresh_s ? dashboard.data.refresh_s * 1000 : REFRESH_MS;
  const data = useQuery({
    queryKey: dashboardKeys.data(name, "wall"),
    queryFn: ({ signal }) => dashboardApi.data(name, { filters: {} }, signal),
    placeholderData: (before) => before,
    refetchInterval: wait,
    refetchIntervalInBackground: true,
    retry: true,
  });
  useDark();
  const blocks = dashboard.data?.blocks.filter((block) => block.wall) ?? [];
  return (
    <div className={styles.wall}>
      <header className={styles.head}>
        <Logo size={28} />
        <h1 className={styles.title}>{dashboard.data && labelText(dashboard.data.label)}</h1>
        <span className={styles.at} aria-live="off">
          {data.data && t("dashboard.at", { at: formatInstant(data.data.at, { brief: true, seconds: true }) })}
          {data.isError && ` · ${t("dashboard.reconnecting")}`}
        </span>
        <Link to={`/a/${app}/d/${name}`} className={styles.leave}>{t("dashboard.leave_wall")}</Link>
      </header>
      {dashboard.error != null && <ErrorBlock error={dashboard.error} onRetry={() => void dashboard.refetch()} />}
      <main className={styles.grid} id="content" style={{ gridTemplateColumns: `repeat(${COLUMNS}, 1fr)`, gridTemplateRows: `repeat(${ROWS - 2}, 1fr)` }}>
        {blocks.map((block) => {
          const at = block.wall!;
          const found = data.data?.blocks[block.uid];
          return (
            <section key={block.uid} className={styles.block} aria-label={labelText(block.label)}
              style={{ gridColumn: `${at.x + 1} / span ${at.w}`, gridRow: `${Math.max(1, at.y - 1)} / span ${at.h}` }}>
              <h2 className={styles.name}>{labelText(block.label)}</h2>
              <ErrorBoundary>
                {found && ("problem" in found ? <Note tone="err">{found.problem.message}</Note> : <BlockBody block={block} data={found} base={`/a/${app}`} />)}
              </ErrorBoundary>
            </section>
          );
        })}
      </main>
    </div>
  );
}

/** The wall is dark, whatever the person's theme is; leaving it gives the theme back. */
function useDark(): void {
  useEffect(() => {
    const root = document.documentElement;
    const before = root.dataset.theme;
    root.dataset.theme = "dark";
    return () => {
      root.dataset.theme = before;
    };
  }, []);
}
