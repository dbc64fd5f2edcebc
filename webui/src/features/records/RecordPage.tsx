import { Link2, Pencil } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import { titleOf } from "@/fields/titles";
import { addresses, baseOf } from "@/lib/addresses";
import { ApiError } from "@/lib/errors";
import { formatInstant } from "@/lib/formats";
import { inText, labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { usePersonName } from "@/lib/people";
import { type Command, useCommands } from "@/lib/shortcuts";
import { flagCodec, useUrlState } from "@/lib/url";
import type { AppEntity, AppForm, WireRecord } from "@/lib/wire";
import { Parked } from "@/render/record/Parked";
import { RecordEditor } from "@/render/record/RecordEditor";
import { RecordHeader } from "@/render/record/RecordHeader";
import { RecordMenu } from "@/render/record/RecordMenu";
import { RecordTabs } from "@/render/record/RecordTabs";
import { useNoteRecent } from "@/render/record/useNoteRecent";
import { useRecord } from "@/render/record/useRecord";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { IconButton } from "@/ui/IconButton";
import { PageBar } from "@/ui/PageBar";
import { SkeletonForm } from "@/ui/Skeleton";
import { toasts } from "@/ui/toasts";
import styles from "./RecordPage.module.css";

/** One record with the whole page to itself; `new` in the place of its key is a new one. */
export function RecordPage() {
  const { entity: name = "", key = "" } = useParams();
  const { t } = useTranslation();
  const entity = useOffer().entity(name);
  if (!entity) return <EmptyState picture={null} title={t("page.no_record")}>{t("page.no_record_text")}</EmptyState>;
  return key === "new" ? <NewRecord entity={entity} /> : <KnownRecord key={key} entity={entity} recordKey={key} />;
}

/** A form that a menu leads to: a new record by that form. */
export function FormPage() {
  const { form: name = "" } = useParams();
  const { t } = useTranslation();
  const offer = useOffer();
  const form = offer.form(name);
  const entity = form && offer.entity(form.entity);
  if (!entity) return <EmptyState picture={null} title={t("page.no_view")}>{t("page.no_view_text")}</EmptyState>;
  return <NewRecord entity={entity} form={form} />;
}

function useCrumbs(entity: AppEntity, last: string) {
  const { app: name = "" } = useParams();
  const { pathname } = useLocation();
  const { apps } = useOffer();
  const app = apps.find((each) => each.name === name);
  return [
    { text: labelText(app?.label), to: `/a/${name}` },
    { text: labelText(entity.label), to: addresses.entity(baseOf(pathname), entity.name) },
    { text: last },
  ];
}

function NewRecord({ entity, form }: { entity: AppEntity; form?: AppForm }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [params] = useSearchParams();
  const base = baseOf(pathname);
  const title = t("record.new", { what: inText(entity.label) });
  // ?with.store=3 begins the new record with values, such as the record that it belongs to.
  const given = useMemo(
    () => Object.fromEntries([...params].flatMap(([name, value]) => (name.startsWith("with.") ? [[name.slice(5), /^\d+$/.test(value) ? Number(value) : value]] : []))),
    [params],
  );
  const crumbs = useCrumbs(entity, title);
  const saved = (record: WireRecord) => {
    toasts.show(t("record.created_toast", { name: titleOf(entity, record) }));
    void navigate(addresses.record(base, entity.name, record.ref), { replace: true });
  };
  if (!entity.may.create) return <EmptyState picture={null} title={t("state.forbidden")}>{t("errors.forbidden")}</EmptyState>;
  return (
    <>
      <PageBar crumbs={crumbs} />
      <div className={styles.form}>
        <RecordEditor entity={entity} form={form} given={given} onSaved={saved} onCancel={() => void navigate(addresses.entity(base, entity.name))} />
      </div>
    </>
  );
}

function KnownRecord({ entity, recordKey }: { entity: AppEntity; recordKey: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [isEditing, setEditing] = useUrlState("edit", flagCodec);
  const query = useRecord(entity, recordKey);
  const record = query.data?.data;
  const crumbs = useCrumbs(entity, record ? titleOf(entity, record) : "");
  useNoteRecent(entity, record, addresses.record(baseOf(pathname), entity.name, recordKey));
  const by = usePersonName(record?.updated_by);
  const canEdit = entity.may.update && !isEditing;
  const commands = useMemo<Command[]>(
    () => [{ id: "record.edit", label: t("keys.edit"), group: t("keys.record"), keys: "e", can: () => canEdit, run: () => setEditing(true) }],
    [t, canEdit, setEditing],
  );
  useCommands(commands);
  if (query.isPending) return <><PageBar crumbs={crumbs} /><div className={styles.page}><SkeletonForm /></div></>;
  if (query.isError) {
    const isGone = query.error instanceof ApiError && query.error.status === 404;
    return (
      <>
        <PageBar crumbs={crumbs} />
        <div className={styles.page}>
          {isGone ? (
            <EmptyState picture={null} title={t("page.no_record")}>{t("page.no_record_text")}</EmptyState>
          ) : (
            <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
          )}
        </div>
      </>
    );
  }
  const { data, etag } = query.data;
  const time = formatInstant(data.updated_at, { brief: true });
  const stop = () => setEditing(false, { replace: true });
  const copy = () => void navigator.clipboard.writeText(window.location.href).then(() => toasts.show(t("record.copied_link")));
  return (
    <>
      <PageBar crumbs={crumbs} info={by ? t("record.updated_by", { time, name: by }) : t("record.updated", { time })}>
        <IconButton icon={Link2} label={t("action.copy_link")} onClick={copy} />
        {canEdit && <Button kind="primary" icon={<Pencil />} onClick={() => setEditing(true)}>{t("action.edit")}</Button>}
        <RecordMenu entity={entity} record={data} etag={etag} onDeleted={() => void navigate(addresses.entity(baseOf(pathname), entity.name))} />
      </PageBar>
      {isEditing && entity.may.update ? (
        <div className={styles.form}>
          <RecordEditor
            entity={entity}
            record={data}
            etag={etag}
            onSaved={stop}
            onCancel={stop}
            keeps={(from, to) => from.pathname === to.pathname && to.searchParams.has("edit")}
          />
        </div>
      ) : (
        <div className={styles.page}>
          <div className={styles.head}>
            <RecordHeader entity={entity} record={data} isPage />
            <Parked record={data} />
          </div>
          <RecordTabs entity={entity} record={data} isPage />
        </div>
      )}
    </>
  );
}
