import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { searchFormula } from "@/fields/search";
import { addresses, baseOf } from "@/lib/addresses";
import { inText, labelText } from "@/lib/i18n";
import { readJson, writeJson } from "@/lib/memory";
import { useOffer } from "@/lib/offer";
import type { AppEntity, AppView } from "@/lib/wire";
import { allColumns, askedFor, defaultIds, type ListColumn } from "@/render/list/columns";
import { ColumnsMenu, type Density, ROW_HEIGHTS } from "@/render/list/ColumnsMenu";
import { allOf, formulaOf, known } from "@/render/list/conditions";
import { FilterBar } from "@/render/list/FilterBar";
import { Grid } from "@/render/list/Grid";
import { foldsOf, ListFooter } from "@/render/list/ListFooter";
import { useSelection } from "@/render/list/selection";
import { useListState } from "@/render/list/useListState";
import { useFigures, useRows } from "@/render/list/useRows";
import { RecordPanel } from "@/render/record/RecordPanel";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { BulkActions } from "./BulkActions";
import { columnMenu } from "./columnMenu";
import { ListBar } from "./ListBar";
import { LookBody } from "./looks/LookBody";
import { lookOf } from "./looks/LookSwitch";
import styles from "./List.module.css";
import { NoRows } from "./NoRows";
import { useComputedColumns } from "./useComputedColumns";
import { useListCommands } from "./useListCommands";
import { ViewTabs } from "./ViewTabs";

/** A list of records: tabs of views, conditions, rows, sums, and the open record beside it. */
export function List({ app, entity, view }: { app: string; entity: AppEntity; view?: AppView }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const base = baseOf(pathname);
  const state = useListState();
  const selection = useSelection();
  const [current, setCurrent] = useState(-1);
  const [isAdding, setAdding] = useState(false);
  const [isSearching, setSearching] = useState(false);
  const [density, setDensity] = useState<Density>(() => readJson<Density>("density", "normal"));
  const area = useRef<HTMLDivElement>(null);

  const every = useMemo(() => allColumns(offer, entity, view), [offer, entity, view]);
  const shown = useMemo(() => {
    const wanted = state.columns.length ? state.columns : defaultIds(entity, view);
    const byId = new Map(every.map((column) => [column.id, column]));
    return wanted.flatMap((id) => byId.get(id) ?? []);
  }, [every, entity, view, state.columns]);

  const conditions = state.conditions.flatMap((each) => known(offer, entity, each) ?? []);
  const search = searchFormula(entity, view?.search ?? [], state.search);
  const filter = allOf([view?.filter, ...conditions.map(formulaOf), state.where, search]);
  const viewSort = (view?.sort ?? []).filter((each) => !each.is_column).map((each) => (each.descending ? `-${each.by}` : each.by));
  const sort = state.sort.length ? state.sort : viewSort;
  const asked = useMemo(() => ({ filter, sort, ...askedFor(entity, shown) }), [filter, sort.join(), entity, shown]); // eslint-disable-line react-hooks/exhaustive-deps
  const look = lookOf(view, state.look);
  const layout = view?.layouts.find((each) => each.as === look);
  const query = useRows(entity.name, asked, undefined, layout === undefined);
  const { rows } = query;
  const extra = useComputedColumns(view, shown, rows);

  const folds = foldsOf(shown);
  const measures = Object.fromEntries([["n", "count"], ...folds.map((fold) => [fold.id, fold.measure])]);
  const figures = useFigures(entity.name, measures, filter);
  const whole = useFigures(entity.name, { n: "count" }, "");
  const count = typeof figures.data?.n === "number" ? figures.data.n : undefined;
  const total = typeof whole.data?.n === "number" ? whole.data.n : undefined;

  const openIndex = state.open ? rows.findIndex((row) => row.ref === state.open) : -1;
  const at = openIndex >= 0 ? openIndex : Math.min(current, rows.length - 1);
  const open = (index: number, how: "beside" | "page" | "tab") => {
    const row = rows[index];
    if (!row) return;
    setCurrent(index);
    const address = addresses.record(base, entity.name, row.ref);
    if (how === "beside") state.setOpen(row.ref, { replace: state.open !== "" });
    else if (how === "page") void navigate(address);
    else window.open(address, "_blank", "noopener");
  };
  const step = (by: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at + by));
    if (state.open) open(next, "beside");
    else setCurrent(next);
  };
  const setSort = (column: ListColumn, direction?: "asc" | "desc" | "none") => {
    const now = sort.includes(column.path) ? "asc" : sort.includes(`-${column.path}`) ? "desc" : "none";
    const next = direction ?? (now === "none" ? (column.isRight ? "desc" : "asc") : now === "asc" ? "desc" : "asc");
    state.setSort(next === "none" ? [] : [next === "desc" ? `-${column.path}` : column.path]);
  };
  const ids = shown.map((column) => column.id);
  const moveColumn = (id: string, before: string | null) => {
    const rest = ids.filter((each) => each !== id);
    rest.splice(before === null ? rest.length : rest.indexOf(before), 0, id);
    state.setColumns(rest);
  };
  const pinned = state.pinned ?? 1;
  const newAddress = addresses.newRecord(base, entity.name);
  useListCommands({
    entity, at, rows, selection, step, open,
    find: () => setSearching(true),
    addFilter: () => setAdding(true),
    create: () => void navigate(newAddress),
    edit: (index) => rows[index] && void navigate(`${addresses.record(base, entity.name, rows[index].ref)}?edit=1`),
  });
  const what = inText(entity.label);
  const isEmpty = layout ? count === 0 : query.isSuccess && rows.length === 0 && !query.isPlaceholderData;
  const gridWidths = (widths: Readonly<Record<string, number>>) => state.setWidths(widths, { replace: true });
  return (
    <>
      <ListBar app={app} entity={entity} view={view} filter={filter} newAddress={newAddress} />
      <div className={styles.split}>
        <section className={styles.list} ref={area}>
          <ViewTabs base={base} entity={entity} view={view} state={state} />
          <FilterBar entity={entity} state={state} isAdding={isAdding} onAdding={setAdding} isSearching={isSearching} onSearching={setSearching}>
            {!layout && <ColumnsMenu
              all={every}
              shown={ids}
              onShown={state.setColumns}
              onReset={state.columns.length || Object.keys(state.widths).length ? () => state.reset() : undefined}
              density={density}
              onDensity={(next) => {
                setDensity(next);
                writeJson("density", next);
              }}
            />}
          </FilterBar>
          {layout && !isEmpty ? (
            <LookBody
              key={look}
              entity={entity}
              layout={layout}
              filter={filter}
              isFiltered={filter !== ""}
              sort={sort}
              open={state.open}
              onOpen={(record, how = "beside") => (how === "page" ? void navigate(addresses.record(base, entity.name, record.ref)) : state.setOpen(record.ref, { replace: state.open !== "" }))}
              count={count}
            />
          ) : query.isError && rows.length === 0 ? (
            <div className={styles.fill}><ErrorBlock error={query.error} onRetry={() => void query.refetch()} /></div>
          ) : query.isPending && !layout ? (
            <div className={styles.fill}><SkeletonRows rows={16} rowHeight={ROW_HEIGHTS[density]} /></div>
          ) : isEmpty ? (
            <div className={styles.fill}><NoRows entity={entity} view={view} state={state} conditions={conditions} newAddress={newAddress} /></div>
          ) : (
            <Grid
              label={view ? labelText(view.label) : t("list.all", { what })}
              entity={entity}
              columns={shown}
              rows={rows}
              total={count ?? -1}
              widths={state.widths}
              onWidths={gridWidths}
              onMove={moveColumn}
              headMenu={(column) => columnMenu({ t, column, ids, pinned, sort, state, onSort: setSort, onMove: moveColumn })}
              sort={sort}
              onSort={setSort}
              pinned={pinned}
              rowHeight={ROW_HEIGHTS[density]}
              selection={selection}
              current={at}
              onCurrent={setCurrent}
              onOpen={open}
              hasMore={query.hasNextPage}
              onEnd={query.isFetching ? noMore : query.fetchNextPage as () => void}
              extra={extra}
            />
          )}
          <ListFooter count={count} whole={filter ? total : undefined} figures={figures.data ?? {}} folds={folds} />
          <BulkActions entity={entity} selection={selection} rows={rows} total={count} filter={filter} />
        </section>
        {state.open && (
          <RecordPanel
            key={entity.name}
            entity={entity}
            recordKey={state.open}
            place={layout ? undefined : { at: openIndex + 1, of: count ?? rows.length }}
            onStep={openIndex >= 0 ? step : undefined}
            onClose={() => state.setOpen("", { replace: true })}
            returnFocus={() => area.current?.querySelector<HTMLElement>("[data-grid]")?.focus()}
          />
        )}
      </div>
    </>
  );
}

const noMore = () => undefined;
