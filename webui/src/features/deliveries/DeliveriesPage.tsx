import { useInfiniteQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { formatInstant } from "@/lib/formats";
import { withValue } from "@/lib/url";
import { AdminPage } from "@/render/admin/AdminPage";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { PlainTable } from "@/ui/PlainTable";
import { SkeletonRows } from "@/ui/Skeleton";
import { deliveriesApi, deliveryKeys, STATES, WRONG } from "./deliveriesApi";
import { DeliveryPanel } from "./DeliveryPanel";
import { Receiver } from "./Receiver";
import { StateTag } from "./StateTag";

/** Every message that was to be sent; those that went wrong first asked for. */
export function DeliveriesPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const set = (name: string, value: string) => setParams((before) => withValue(before, name, value ? [value] : []), { replace: true });
  const state = params.get("state") ?? "";
  const open = Number(params.get("delivery") ?? 0);
  const list = useInfiniteQuery({
    queryKey: deliveryKeys.list(state),
    queryFn: ({ pageParam, signal }) => deliveriesApi.page(state, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const options = [{ value: "", label: t("deliveries.all") }, { value: WRONG, label: t("deliveries.wrong") }, ...STATES.map((value) => ({ value: value as string, label: t(`deliveries.${value}`) }))];
  return (
    <AdminPage at="deliveries" panel={open > 0 && <DeliveryPanel key={open} id={open} onClose={() => set("delivery", "")} />}>
      <div><Select value={state} aria-label={t("deliveries.state")} onChange={(value) => set("state", value)} options={options} style={{ minWidth: 180 }} /></div>
      {list.isPending && <SkeletonRows />}
      {list.isError && <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && rows.length === 0 && <EmptyState isDone={state !== ""} title={t(state === WRONG ? "deliveries.none_wrong" : "deliveries.none")}>{t("deliveries.none_text")}</EmptyState>}
      {rows.length > 0 && (
        <PlainTable label={t("admin.deliveries")} rows={rows} keyOf={(row) => row.id} current={open} onOpen={(row) => set("delivery", String(row.id))} columns={[
          { key: "message", label: t("deliveries.message"), cell: (row) => row.message },
          { key: "state", label: t("deliveries.state"), cell: (row) => <StateTag state={row.state} /> },
          { key: "channel", label: t("deliveries.channel"), cell: (row) => row.channel },
          { key: "to", label: t("deliveries.to"), cell: (row) => <Receiver to={row.to} />, isExtra: true },
          { key: "error", label: t("deliveries.error"), cell: (row) => row.error ?? row.reason ?? "–", isExtra: true },
          { key: "at", label: t("deliveries.at"), cell: (row) => formatInstant(row.created_at, { brief: true }), isNumber: true, isExtra: true },
        ]} />
      )}
      {list.hasNextPage && <div><Button kind="text" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("admin.more")}</Button></div>}
    </AdminPage>
  );
}
