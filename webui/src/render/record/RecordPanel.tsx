import { ChevronDown, ChevronUp, Link2, Maximize2, Pencil } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { titleOf } from "@/fields/titles";
import { addresses, baseOf } from "@/lib/addresses";
import { ApiError } from "@/lib/errors";
import { formatNumber } from "@/lib/formats";
import { usePhone } from "@/lib/media";
import { flagCodec, useUrlState } from "@/lib/url";
import type { AppEntity } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { DockedPanel } from "@/ui/DockedPanel";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { IconButton } from "@/ui/IconButton";
import { SkeletonForm } from "@/ui/Skeleton";
import { toasts } from "@/ui/toasts";
import { Parked } from "./Parked";
import { RecordEditor } from "./RecordEditor";
import { RecordHeader } from "./RecordHeader";
import { RecordMenu } from "./RecordMenu";
import { RecordTabs } from "./RecordTabs";
import { useNoteRecent } from "./useNoteRecent";
import { useRecord } from "./useRecord";

/** A record beside its list: read, edited in place, walked through. */
export function RecordPanel({ entity, recordKey, place, onStep, onClose, returnFocus }: {
  entity: AppEntity;
  recordKey: string;
  place?: { at: number; of: number };
  onStep?: (by: number) => void;
  onClose: () => void;
  returnFocus?: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [isEditing, setEditing] = useUrlState("edit", flagCodec);
  const isPhone = usePhone();
  const query = useRecord(entity, recordKey);
  const record = query.data?.data;
  const address = addresses.record(baseOf(pathname), entity.name, recordKey);
  useNoteRecent(entity, record, address);
  const copy = () =>
    void navigator.clipboard.writeText(new URL(address, window.location.href).href).then(() => toasts.show(t("record.copied_link")));
  const stop = () => setEditing(false, { replace: true });
  const lead = (
    <>
      {onStep && (
        <>
          <IconButton icon={ChevronUp} label={t("record.previous")} keys="k" disabled={place?.at === 1} onClick={() => onStep(-1)} />
          <IconButton icon={ChevronDown} label={t("record.next")} keys="j" disabled={place && place.at >= place.of} onClick={() => onStep(1)} />
        </>
      )}
      {place && place.at > 0 && <span className="num">{t("list.position", { at: formatNumber(place.at), of: formatNumber(place.of) })}</span>}
    </>
  );
  const actions = (
    <>
      {isPhone ? (
        <IconButton icon={Maximize2} label={t("action.open_page")} onClick={() => void navigate(address)} />
      ) : (
        <Button kind="text" small icon={<Maximize2 />} onClick={() => void navigate(address)}>{t("action.open_page")}</Button>
      )}
      <IconButton icon={Link2} label={t("action.copy_link")} onClick={copy} />
    </>
  );
  const edit = entity.may.update && (
    <Button icon={<Pencil />} onClick={() => setEditing(true)}>{t("action.edit")}</Button>
  );
  const isGone = query.error instanceof ApiError && query.error.status === 404;
  return (
    <DockedPanel label={record ? titleOf(entity, record) : t("state.loading")} lead={lead} actions={actions} onClose={onClose} returnFocus={returnFocus}>
      {record && isEditing && entity.may.update ? (
        <div style={{ display: "flex", flexDirection: "column", height: "100%" }}>
          <RecordEditor
            key={recordKey}
            entity={entity}
            record={record}
            etag={query.data?.etag}
            onSaved={stop}
            onCancel={stop}
            keeps={(from, to) => from.pathname === to.pathname && to.searchParams.get("open") === recordKey && to.searchParams.has("edit")}
          />
        </div>
      ) : record ? (
        <>
          <RecordHeader
            entity={entity}
            record={record}
            actions={<>{edit}<RecordMenu entity={entity} record={record} etag={query.data!.etag} onDeleted={onClose} /></>}
          />
          <Parked record={record} />
          <RecordTabs entity={entity} record={record} />
        </>
      ) : isGone ? (
        <EmptyState picture={null} title={t("page.no_record")}>{t("page.no_record_text")}</EmptyState>
      ) : query.isError ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonForm />
      )}
    </DockedPanel>
  );
}
