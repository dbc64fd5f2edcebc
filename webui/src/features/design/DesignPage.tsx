import { useQuery } from "@tanstack/react-query";
import { Input } from "antd";
import { Plus, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { textCodec, useUrlState } from "@/lib/url";
import { Builder, BuilderBody } from "@/render/builder/Builder";
import { CheckButton } from "@/render/builder/CheckButton";
import { draftKeys, useDraft } from "@/render/builder/draft";
import { draftApi, type DocumentSummary } from "@/render/builder/draftApi";
import { InkBar } from "@/render/builder/InkBar";
import { builderAddress } from "@/render/builder/places";
import { PublishButton } from "@/render/builder/PublishButton";
import { Button } from "@/ui/Button";
import { Counter } from "@/ui/Counter";
import { cx } from "@/ui/cx";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import type { Tone } from "@/ui/tone";
import styles from "./DesignPage.module.css";
import { KINDS, type KindName } from "./kinds";
import { NewDocument } from "./NewDocument";
import { ReleaseList } from "./ReleaseList";
import { StepHistory } from "./StepHistory";

const tabCodec = textCodec("documents");
const kindCodec = textCodec();
const TONES: Record<DocumentSummary["state"], Tone> = { same: "neu", changed: "pri", added: "ok", removed: "err" };

/** All documents of the workspace as the draft has them, by kind; steps of the draft; releases and the way back. */
export function DesignPage() {
  return (
    <Builder>
      <Design />
    </Builder>
  );
}

function Design() {
  const { t } = useTranslation();
  const { app = "" } = useParams();
  const navigate = useNavigate();
  const offer = useOffer();
  const { draft, ensure } = useDraft();
  const [tab, setTab] = useUrlState("tab", tabCodec);
  const application = offer.apps.find((each) => each.name === app);
  const tabs = (["documents", "steps", "releases"] as const).map((key) => ({ key, text: t(`design.${key}`) }));
  return (
    <>
      <InkBar back={`/a/${app}`} title={application ? labelText(application.label) : t("shell.design")} kind={t("design.application")}
        tabs={tabs} tab={tab} onTab={(next) => setTab(next, { replace: true })}>
        <CheckButton onJump={(problem) => void navigate(builderAddress(app, problem.kind, problem.document, draft?.id, problem.pointer))} />
        <PublishButton />
      </InkBar>
      <BuilderBody>
        {!draft && (
          <EmptyState title={t("design.no_draft")} actions={<Button kind="primary" onClick={() => void ensure()}>{t("design.begin")}</Button>}>
            {t("design.no_draft_text")}
          </EmptyState>
        )}
        {draft && tab === "documents" && <Documents app={app} draft={draft.id} />}
        {draft && tab === "steps" && <StepHistory />}
        {tab === "releases" && <ReleaseList />}
      </BuilderBody>
    </>
  );
}

function Documents({ app, draft }: { app: string; draft: number }) {
  const { t } = useTranslation();
  const [kind, setKind] = useUrlState("kind", kindCodec);
  const [search, setSearch] = useState("");
  const [isNew, setNew] = useState(false);
  const query = useQuery({ queryKey: draftKeys.documents(draft), queryFn: ({ signal }) => draftApi.documents(draft, undefined, signal) });
  const documents = useMemo(() => query.data ?? [], [query.data]);
  const wanted = search.trim().toLowerCase();
  const shown = documents.filter((each) => (!kind || each.kind === kind) && (!wanted || matches(each, wanted)));
  const count = (name: string) => documents.filter((each) => each.kind === name).length;
  const known = KINDS.filter((each) => count(each.name) > 0);
  if (query.isLoading) return <SkeletonRows rows={10} />;
  if (query.error) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div className={styles.page}>
      <nav className={styles.kinds} aria-label={t("design.kinds")}>
        <button type="button" className={cx(styles.kind, !kind && styles.here)} aria-current={!kind || undefined} onClick={() => setKind("", { replace: true })}>
          {t("design.all")}<Counter>{documents.length}</Counter>
        </button>
        {known.map(({ name, icon: Icon }) => (
          <button key={name} type="button" className={cx(styles.kind, kind === name && styles.here)} aria-current={kind === name || undefined} onClick={() => setKind(name, { replace: true })}>
            <Icon size={15} strokeWidth={1.75} aria-hidden />{t(`design.kind.${name}`)}<Counter>{count(name)}</Counter>
          </button>
        ))}
      </nav>
      <section className={styles.main}>
        <div className={styles.tools}>
          <Input prefix={<Search size={14} strokeWidth={1.75} aria-hidden />} value={search} allowClear onChange={(event) => setSearch(event.target.value)}
            placeholder={t("design.find")} aria-label={t("design.find")} className={styles.search} />
          <Button icon={<Plus size={15} strokeWidth={1.75} />} onClick={() => setNew(true)}>{t("design.new")}</Button>
        </div>
        {shown.length === 0 && <EmptyState title={t("design.none")} />}
        <ul className={styles.list}>
          {shown.map((each) => <DocumentLine key={each.key} document={each} app={app} draft={draft} />)}
        </ul>
      </section>
      {isNew && <NewDocument app={app} kind={(kind || "entity") as KindName} onClose={() => setNew(false)} />}
    </div>
  );
}

function matches(document: DocumentSummary, wanted: string): boolean {
  return [document.name, document.label?.zh, document.label?.en, document.key].some((text) => text?.toLowerCase().includes(wanted));
}

function DocumentLine({ document, app, draft }: { document: DocumentSummary; app: string; draft: number }) {
  const { t } = useTranslation();
  const kind = KINDS.find((each) => each.name === document.kind);
  const Icon = kind?.icon;
  return (
    <li>
      <Link to={builderAddress(app, document.kind, document.key, draft)} className={styles.line}>
        {Icon && <Icon size={16} strokeWidth={1.75} aria-hidden className={styles.icon} />}
        <span className={styles.name}>{labelText(document.label) || document.name}</span>
        <span className={cx("mono", styles.quiet)}>{document.name}</span>
        <span className={styles.quiet}>{document.package}</span>
        {document.state !== "same" && <Tag tone={TONES[document.state]}>{t(`design.state.${document.state}`)}</Tag>}
        <span className={styles.at}>{document.updated_at ? `${document.updated_by ?? ""} ${formatInstant(document.updated_at, { brief: true })}` : ""}</span>
      </Link>
    </li>
  );
}
