import { useQuery } from "@tanstack/react-query";
import { Maximize } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { type Codec, useUrlState } from "@/lib/url";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { IconButton } from "@/ui/IconButton";
import { PageBar } from "@/ui/PageBar";
import { SkeletonForm } from "@/ui/Skeleton";
import { dashboardApi, dashboardKeys, type Asked } from "./dashboardApi";
import { DashboardFilters } from "./DashboardFilters";
import { DashboardGrid } from "./DashboardGrid";
import styles from "./DashboardView.module.css";

/** Filters as name=value, a range as from..to, several values with commas. */
const askedCodec: Codec<Asked> = {
  read: (texts) =>
    Object.fromEntries(texts.flatMap((text): [string, Asked[string]][] => {
      const [name = "", value = ""] = text.split(/=(.*)/s);
      const range = /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/.exec(value);
      if (range) return [[name, { from: range[1]!, to: range[2]! }]];
      if (value.startsWith("in:")) return [[name, value.slice(3).split(",").map(decodeURIComponent).filter(Boolean)]];
      return value ? [[name, value]] : [];
    })),
  write: (asked) =>
    Object.entries(asked).flatMap(([name, value]) => {
      if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
      if (Array.isArray(value)) return [`${name}=in:${value.map(encodeURIComponent).join(",")}`];
      return [typeof value === "string" ? `${name}=${value}` : `${name}=${value.from}..${value.to}`];
    }),
};

const compareCodec: Codec<string> = { read: ([value]) => value ?? "", write: (value) => (value ? [value] : []) };

/** A dashboard with its filters, which live in the address; `at` of the figures is said. isHome: without a way up. */
export function DashboardView({ app, name, isHome = false }: { app: string; name: string; isHome?: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asked, setAsked] = useUrlState("by", askedCodec);
  const [compare, setCompare] = useUrlState("compare", compareCodec);
  const dashboard = useQuery({ queryKey: dashboardKeys.one(name), queryFn: ({ signal }) => dashboardApi.get(name, signal), staleTime: 60_000 });
  const body = useMemo(() => ({ filters: asked, ...(compare && { compare }) }), [asked, compare]);
  const data = useQuery({
    queryKey: dashboardKeys.data(name, body),
    queryFn: ({ signal }) => dashboardApi.data(name, body, signal),
    placeholderData: (before) => before,
    refetchInterval: dashboard.data?.refresh_s ? dashboard.data.refresh_s * 1000 : false,
  });
  const found = dashboard.data;
  const title = found ? labelText(found.label) : "…";
  return (
    <>
      <PageBar crumbs={isHome ? [{ text: t("shell.home") }] : [{ text: title }]}
        info={data.data && <span className={styles.fresh}><i className={styles.dot} />{t("dashboard.at", { at: formatInstant(data.data.at, { brief: true }) })}</span>}>
        {found?.blocks.some((block) => block.wall) && (
          <IconButton icon={Maximize} label={t("dashboard.wall")} onClick={() => void navigate(`/b/${app}/wall/${name}`)} />
        )}
      </PageBar>
      <div className={styles.page}>
        {dashboard.error != null && <ErrorBlock error={dashboard.error} onRetry={() => void dashboard.refetch()} />}
        {dashboard.isLoading && <SkeletonForm fields={6} />}
        {found && (
          <>
            <DashboardFilters dashboard={found} asked={asked} onAsked={(next) => setAsked(next)} compare={compare} onCompare={(next) => setCompare(next)} period={data.data?.period ?? null} />
            {data.error != null && <ErrorBlock error={data.error} onRetry={() => void data.refetch()} />}
            <DashboardGrid dashboard={found} data={data.data} base={`/a/${app}`} />
          </>
        )}
      </div>
    </>
  );
}
