import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use as register, type EChartsCoreOption, type ECharts } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { labelText } from "@/lib/i18n";
import { Button } from "@/ui/Button";
import { themes } from "@/ui/themes";
import { chartOption } from "./chartOption";
import type { Block, BlockData } from "./dashboardApi";
import styles from "./Dashboard.module.css";
import { drillAddress } from "./drill";
import { TableBlock } from "./TableBlock";

register([BarChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** A line, bar or pie chart. A mark opens its list; T shows the table behind it. */
export function ChartBlock({ block, data, base }: { block: Block; data: BlockData; base: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const theme = useSyncExternalStore(themes.subscribe, themes.current);
  const [isTable, setTable] = useState(false);
  const blank = t("dashboard.blank");
  const option = useMemo<EChartsCoreOption>(() => chartOption(block, data, blank, theme), [blank, block, data, theme]);
  const open = useRef<(row: number) => void>(() => undefined);
  useEffect(() => {
    open.current = (row) => {
      const to = drillAddress(base, data, row);
      if (to) void navigate(to);
    };
  }, [base, data, navigate]);
  useEffect(() => {
    if (isTable || !host.current) return undefined;
    const made = init(host.current, null, { renderer: "canvas" });
    chart.current = made;
    made.on("click", (event) => {
      const row = (event.data as { row?: number } | undefined)?.row;
      if (row !== undefined) open.current(row);
    });
    const watcher = new ResizeObserver(() => made.resize());
    watcher.observe(host.current);
    return () => {
      watcher.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, [isTable]);
  useEffect(() => chart.current?.setOption(option, { notMerge: true }), [option, isTable]);
  return (
    <div className={styles.chart} onKeyDown={(event) => event.key.toLowerCase() === "t" && setTable(!isTable)}>
      {isTable ? <TableBlock block={block} data={data} base={base} /> : (
        <div ref={host} className={styles.canvas} role="img" aria-label={t("dashboard.chart_of", { name: labelText(block.label) })} />
      )}
      <span className={styles.swap}>
        <Button small kind="text" keys="t" onClick={() => setTable(!isTable)}>{t(isTable ? "dashboard.as_chart" : "dashboard.as_table")}</Button>
      </span>
    </div>
  );
}
