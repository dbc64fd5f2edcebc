import { useQuery } from "@tanstack/react-query";
import { DatePicker, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { dashboardApi, dashboardKeys, type Asked, type Dashboard, type DashboardFilter, type Period } from "./dashboardApi";
import styles from "./DashboardView.module.css";

const PERIODS = ["today", "yesterday", "this_week", "last_7d", "this_month", "last_month", "last_30d", "this_quarter", "this_year", "last_year", "last_365d"] as const;
type PeriodName = (typeof PERIODS)[number];

/** The filters of a dashboard: a period, what it is compared with, choices. */
export function DashboardFilters({ dashboard, asked, onAsked, compare, onCompare, period }: {
  dashboard: Dashboard;
  asked: Asked;
  onAsked: (asked: Asked) => void;
  compare: string;
  onCompare: (compare: string) => void;
  /** The days that are shown. */
  period: { from: string; to: string } | null;
}) {
  const { t } = useTranslation();
  const periodFilter = dashboard.filters.find((each) => each.kind === "period");
  return (
    <div className={styles.filters} role="toolbar" aria-label={t("dashboard.filters")}>
      {dashboard.filters.map((filter) =>
        filter.kind === "period" ? (
          <PeriodFilter key={filter.name} filter={filter} value={asked[filter.name] as Period | undefined} period={period} onChange={(value) => onAsked({ ...asked, [filter.name]: value })} />
        ) : (
          <ChoiceFilter key={filter.name} dashboard={dashboard.name} filter={filter} value={(asked[filter.name] as string[] | undefined) ?? []} onChange={(value) => onAsked({ ...asked, [filter.name]: value })} />
        ),
      )}
      {periodFilter && (
        <label className={styles.filter}>
          {t("dashboard.compare")}
          <Select size="small" value={compare || periodFilter.compare || "none"} popupMatchSelectWidth={false} onChange={onCompare}
            options={(["none", "previous", "year"] as const).map((value) => ({ value, label: t(`dashboard.compared.${value}`) }))} />
        </label>
      )}
      <span className={styles.hint}>{t("dashboard.hint")}</span>
    </div>
  );
}

function PeriodFilter({ filter, value, period, onChange }: {
  filter: DashboardFilter;
  value: Period | undefined;
  period: { from: string; to: string } | null;
  onChange: (value: Period | undefined) => void;
}) {
  const { t } = useTranslation();
  const [isRange, setRange] = useState(typeof value === "object");
  const otherwise = typeof filter.default === "string" ? filter.default : "range";
  const chosen = typeof value === "string" ? value : typeof value === "object" || isRange ? "range" : otherwise;
  const names = PERIODS.includes(chosen as PeriodName) || chosen === "range" ? PERIODS : [...PERIODS, chosen as PeriodName];
  const days = typeof value === "object" ? value : period;
  return (
    <span className={styles.filter}>
      {labelText(filter.label)}
      <Select size="small" value={chosen} popupMatchSelectWidth={false} aria-label={labelText(filter.label)}
        options={[...names.map((each) => ({ value: each as string, label: t(`dashboard.period.${each}`, { defaultValue: each }) })), { value: "range", label: t("dashboard.period.range") }]}
        onChange={(next: string) => {
          setRange(next === "range");
          if (next !== "range") onChange(next);
        }} />
      {chosen === "range" && (
        <DatePicker.RangePicker size="small" allowClear={false} value={days ? [dayjs(days.from), dayjs(days.to)] : null}
          onChange={(range) => range?.[0] && range[1] && onChange({ from: range[0].format("YYYY-MM-DD"), to: range[1].format("YYYY-MM-DD") })} />
      )}
    </span>
  );
}

function ChoiceFilter({ dashboard, filter, value, onChange }: {
  dashboard: string;
  filter: DashboardFilter;
  value: readonly string[];
  onChange: (value: string[]) => void;
}) {
  const { t } = useTranslation();
  const [isAsked, setAsked] = useState(value.length > 0);
  const { data = [], isLoading } = useQuery({
    queryKey: dashboardKeys.values(dashboard, filter.name),
    queryFn: ({ signal }) => dashboardApi.values(dashboard, filter.name, signal),
    enabled: isAsked,
  });
  return (
    <label className={styles.filter}>
      {labelText(filter.label)}
      <Select<string[]> size="small" mode="multiple" allowClear maxTagCount={2} placeholder={t("dashboard.all")} value={[...value]} style={{ minWidth: 120 }}
        loading={isLoading} onOpenChange={(open) => open && setAsked(true)} onChange={onChange}
        options={data.map((each) => ({ value: String(each.value), label: typeof each.label === "string" ? each.label : labelText(each.label) }))} />
    </label>
  );
}
