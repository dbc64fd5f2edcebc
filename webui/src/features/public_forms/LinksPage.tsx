import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link2, Lock, LockOpen, Plus, QrCode, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { addresses } from "@/lib/addresses";
import { formatInstant, formatNumber } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { IconButton } from "@/ui/IconButton";
import { Note } from "@/ui/Note";
import { PageBar } from "@/ui/PageBar";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import { toasts } from "@/ui/toasts";
import { CodeDialog } from "./CodeDialog";
import { LinkDialog } from "./LinkDialog";
import { addressOfLink, linkKeys, links, type LinkParts, type PublicLink } from "./publicApi";
import styles from "./PublicForms.module.css";

/** The links that open forms of an entity to the outside. */
export function LinksPage() {
  const { t } = useTranslation();
  const { app = "", entity: name = "" } = useParams();
  const offer = useOffer();
  const client = useQueryClient();
  const entity = offer.entity(name);
  const [isMaking, setMaking] = useState(false);
  const [shown, setShown] = useState<PublicLink | null>(null);
  const query = useQuery({ queryKey: linkKeys.of(name), queryFn: ({ signal }) => links.list(name, signal), retry: false });
  const refresh = () => client.invalidateQueries({ queryKey: linkKeys.of(name) });
  const change = useMutation({ mutationFn: ({ id, parts }: { id: number; parts: LinkParts }) => links.change(id, parts), onSettled: refresh });
  const remove = useMutation({ mutationFn: (id: number) => links.remove(id), onSettled: refresh });
  const forms = offer.formsOf(name).filter((form) => form.is_public);
  if (!entity) return <EmptyState picture={null} title={t("page.no_view")}>{t("page.no_view_text")}</EmptyState>;
  const base = `/a/${app}`;
  const failed = change.error ?? remove.error;
  const make = forms.length > 0 && <Button kind="primary" icon={<Plus />} onClick={() => setMaking(true)}>{t("public_forms.make")}</Button>;
  const copy = (link: PublicLink) => void navigator.clipboard.writeText(addressOfLink(link)).then(() => toasts.show(t("record.copied_link")));
  return (
    <>
      <PageBar crumbs={[{ text: labelText(entity.label), to: addresses.entity(base, name) }, { text: t("public_forms.links") }]}>{make}</PageBar>
      <div className={styles.links}>
        {failed != null && <Note tone="err" live="assertive">{errorText(failed)}</Note>}
        {query.isError ? (
          <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
        ) : !query.data ? (
          <SkeletonRows rows={4} rowHeight={64} />
        ) : query.data.length === 0 ? (
          <EmptyState title={t("public_forms.none")} actions={make}>{t("public_forms.none_text")}</EmptyState>
        ) : (
          <ul className={styles.list}>
            {query.data.map((link) => (
              <li key={link.id} className={styles.link}>
                <div className={styles.about}>
                  <div className={styles.name}>{link.label || labelText(offer.form(link.form ?? "")?.label)} <State link={link} /></div>
                  <div className={`${styles.small} num`}>
                    {t("public_forms.answers", { count: link.answers, formatted: formatNumber(link.answers) })}
                    {link.most_answers !== null && ` · ${t("public_forms.at_most", { most: formatNumber(link.most_answers) })}`}
                    {link.closes_at && ` · ${t("public_forms.until", { time: formatInstant(link.closes_at) })}`}
                    {link.dropped > 0 && ` · ${t("public_forms.dropped", { count: link.dropped })}`}
                  </div>
                  <a className={styles.address} href={addressOfLink(link)} target="_blank" rel="noreferrer">{addressOfLink(link)}</a>
                </div>
                <IconButton icon={QrCode} label={t("public_forms.code")} onClick={() => setShown(link)} />
                <IconButton icon={Link2} label={t("action.copy_link")} onClick={() => copy(link)} />
                <IconButton icon={link.is_open ? Lock : LockOpen} label={t(link.is_open ? "public_forms.close" : "public_forms.open")} onClick={() => change.mutate({ id: link.id, parts: { is_open: !link.is_open } })} />
                {!link.is_open && <IconButton icon={Trash2} label={t("action.delete")} onClick={() => remove.mutate(link.id)} />}
              </li>
            ))}
          </ul>
        )}
      </div>
      <LinkDialog
        key={String(isMaking)}
        isOpen={isMaking}
        forms={forms}
        entity={entity}
        onClose={() => setMaking(false)}
        onMade={(link) => {
          setMaking(false);
          setShown(link);
          void refresh();
        }}
      />
      <CodeDialog link={shown} onClose={() => setShown(null)} />
    </>
  );
}

function State({ link }: { link: PublicLink }) {
  const { t } = useTranslation();
  const isOver = link.closes_at !== null && new Date(link.closes_at) <= new Date();
  const isFull = link.most_answers !== null && link.answers >= link.most_answers;
  if (!link.is_open || isOver) return <Tag tone="neu" dot>{t("public_forms.state_closed")}</Tag>;
  return isFull ? <Tag tone="warn" dot>{t("public_forms.state_full")}</Tag> : <Tag tone="ok" dot>{t("public_forms.state_open")}</Tag>;
}
