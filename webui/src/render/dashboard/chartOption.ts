/** What ECharts draws for a block, in the colours of the page. */
import type { EChartsCoreOption } from "echarts/core";
import { labelText } from "@/lib/i18n";
import { axisText, figureText, groupText } from "./cells";
import type { Block, BlockData, Cell, Column } from "./dashboardApi";

const SERIES = ["--pri", "--gold", "--teal", "--vio", "--warn", "--neu"];
const MOST_SERIES = 5;

interface Colours {
  series: string[];
  text: string;
  line: string;
  surface: string;
  raised: string;
}

function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return { series: SERIES.map(read), text: read("--text3"), line: read("--line"), surface: read("--surface"), raised: read("--raised") };
}

/** theme is only there so that the option is made anew with it. */
export function chartOption(block: Block, data: BlockData, blank: string, _theme: string): EChartsCoreOption {
  const colour = colours();
  const base = {
    animationDuration: 150,
    color: colour.series,
    textStyle: { fontFamily: "inherit", fontSize: 12, color: colour.text },
    tooltip: tooltip(data.columns.filter((column) => column.role !== "group"), colour, block.kind === "pie" ? "item" : "axis"),
  };
  return block.kind === "pie" ? { ...base, ...pie(data, blank, colour) } : { ...base, ...cartesian(block, data, blank, colour) };
}

/** The text of the tooltip is made of elements, since the page allows no styles in HTML texts. */
function tooltip(columns: readonly Column[], colour: Colours, trigger: "axis" | "item") {
  return {
    trigger,
    renderMode: "html",
    backgroundColor: colour.raised,
    borderColor: colour.line,
    textStyle: { color: "inherit", fontSize: 12 },
    axisPointer: { type: "shadow", shadowStyle: { opacity: 0.4 } },
    formatter: (given: unknown) => {
      const items = [given].flat() as { seriesName?: string; seriesIndex: number; name: string; color: string; value: unknown; data?: { column?: number } }[];
      const made = document.createElement("div");
      made.appendChild(document.createElement("strong")).textContent = items[0]?.name ?? "";
      for (const item of items) {
        const line = made.appendChild(document.createElement("div"));
        const column = columns[item.data?.column ?? item.seriesIndex] ?? columns[0];
        const value = column ? figureText(column, item.value as Cell) : String(item.value);
        line.textContent = trigger === "item" ? value : `${item.seriesName ?? ""}  ${value}`;
      }
      return made;
    },
  };
}

function cartesian(block: Block, data: BlockData, blank: string, colour: Colours): EChartsCoreOption {
  const groups = data.columns.map((column, place) => ({ column, place })).filter(({ column }) => column.role === "group");
  const measures = data.columns.map((column, place) => ({ column, place })).filter(({ column }) => column.role !== "group");
  const [main, split] = groups;
  const keys = [...new Set(data.rows.map((row) => row[main?.place ?? 0] ?? null))];
  const names = keys.map((key) => (main ? groupText(main.column, key, blank) : String(key)));
  const series = split ? splitSeries(data, keys, main!.place, split, measures[0]!, blank) : measureSeries(data, measures);
  const isHorizontal = block.look === "horizontal";
  const isStacked = block.look === "stacked";
  const labels = { color: colour.text, fontSize: 12 };
  const category = { type: "category", data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: colour.line } }, axisLabel: { ...labels, hideOverlap: true } };
  const value = { type: "value", splitLine: { lineStyle: { color: colour.line } }, axisLabel: { ...labels, formatter: (each: number) => axisText(measures[0]?.column, each) } };
  const running = split || isHorizontal || block.kind === "line" ? [] : measures.filter(({ column }) => column.is_running);
  // What grows from the beginning is of another size than what flows in a month: it has an axis of its own, at the right.
  const isLine = (at: number) => block.kind === "line" || (running.length < measures.length && running.some(({ place }) => place === measures[at]?.place));
  const hasTwoAxes = block.kind !== "line" && series.some((_, at) => isLine(at));
  const second = { ...value, splitLine: { show: false }, axisLabel: { ...labels, formatter: (each: number) => axisText(running[0]?.column, each) } };
  const isFew = names.length <= 8 && series.length === 1 && block.kind === "bar";
  return {
    grid: { left: 8, right: isFew && isHorizontal ? 64 : 12, top: series.length > 1 ? 36 : 16, bottom: 4, containLabel: true },
    legend: series.length > 1 ? { top: 0, left: 0, icon: "roundRect", itemWidth: 8, itemHeight: 8, textStyle: labels } : undefined,
    xAxis: isHorizontal ? value : category,
    yAxis: isHorizontal ? { ...category, inverse: true } : hasTwoAxes ? [value, second] : value,
    series: series.slice(0, MOST_SERIES + 1).map((each, at) => ({
      ...each,
      type: isLine(at) ? "line" : "bar",
      yAxisIndex: hasTwoAxes && isLine(at) ? 1 : 0,
      stack: isStacked && !isLine(at) ? "all" : undefined,
      areaStyle: block.look === "area" ? { opacity: 0.08 } : undefined,
      barMaxWidth: 28,
      itemStyle: block.kind === "bar" && !isStacked ? { borderRadius: isHorizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] } : undefined,
      symbolSize: 5,
      showSymbol: names.length <= 31,
      lineStyle: { width: 2 },
      label: isFew ? { show: true, position: isHorizontal ? "right" : "top", color: colour.text, formatter: (item: { value: Cell }) => figureText(measures[0]!.column, item.value) } : undefined,
    })),
  };
}

interface Placed {
  column: Column;
  place: number;
}

function measureSeries(data: BlockData, measures: readonly Placed[]) {
  return measures.map(({ column, place }, index) => ({
    name: labelText(column.label),
    data: data.rows.map((row, at) => ({ value: number(row[place]), row: at, column: index })),
  }));
}

function splitSeries(data: BlockData, keys: readonly Cell[], main: number, split: Placed, measure: Placed, blank: string) {
  const values = [...new Set(data.rows.map((row) => row[split.place] ?? null))];
  return values.map((value) => ({
    name: groupText(split.column, value, blank),
    data: keys.map((key) => {
      const at = data.rows.findIndex((row) => (row[main] ?? null) === key && (row[split.place] ?? null) === value);
      return { value: number(data.rows[at]?.[measure.place]), row: at < 0 ? undefined : at, column: 0 };
    }),
  }));
}

function pie(data: BlockData, blank: string, colour: Colours): EChartsCoreOption {
  const group = data.columns.findIndex((column) => column.role === "group");
  const last = data.columns.length - 1;
  return {
    legend: { orient: "vertical", right: 0, top: "middle", icon: "roundRect", itemWidth: 8, itemHeight: 8, textStyle: { color: colour.text, fontSize: 12 } },
    series: [{
      type: "pie",
      radius: ["52%", "78%"],
      center: ["32%", "50%"],
      label: { show: false },
      itemStyle: { borderColor: colour.surface, borderWidth: 2 },
      data: data.rows.map((row, at) => ({ name: group < 0 ? "" : groupText(data.columns[group]!, row[group] ?? null, blank), value: number(row[last]), row: at, column: 0 })),
    }],
  };
}

function number(value: Cell | undefined): number | null {
  return value === null || value === undefined || value === "" ? null : Number(value);
}
