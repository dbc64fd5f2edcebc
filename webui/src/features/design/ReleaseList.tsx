import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Checkbox, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { send } from "@/lib/api";
import { formatInstant } from "@/lib/formats";
import { keys } from "@/lib/keys";
import type { DraftPlan } from "@/render/builder/draftApi";
import { PlanList } from "@/render/builder/PublishButton";
import { useDraft } from "@/render/builder/draft";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { Tag } from "@/ui/Tag";
import { toasts } from "@/ui/toasts";
import styles from "./DesignPage.module.css";

interface Release {
  number: number;
  hash: string;
  created_at: string;
  created_by?: string;
  reason?: string;
}

/** Every release, the latest first; one can go back to an earlier one, after seeing what that changes. */
export function ReleaseList() {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<number | null>(null);
  const { data = [], isLoading, error, refetch } = useQuery({
    queryKey: ["releases"],
    queryFn: async ({ signal }) => (await send<{ data: Release[] }>("GET", "/api/v1/releases", { signal })).data.data,
  });
  if (isLoading) return <SkeletonRows />;
  if (error) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  const releases = [...data].sort((one, other) => other.number - one.number);
  return (
    <>
      <ol className={cx(styles.list, styles.single)}>
        {releases.map((each, index) => (
          <li key={each.number} className={styles.line}>
            <strong>{t("design.release", { number: each.number })}</strong>
            {index === 0 && <Tag tone="ok">{t("design.in_force")}</Tag>}
            <span className={styles.name}>{each.reason}</span>
            <span className={styles.at}>{each.created_by} {formatInstant(each.created_at, { brief: true })}</span>
            {index > 0 && <Button small onClick={() => setChosen(each.number)}>{t("design.go_back")}</Button>}
          </li>
        ))}
      </ol>
      {chosen !== null && releases[0] && <BackDialog to={chosen} head={releases[0].number} onClose={() => setChosen(null)} />}
    </>
  );
}

function BackDialog({ to, head, onClose }: { to: number; head: number; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { refresh } = useDraft();
  const [consents, setConsents] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const diff = useQuery({
    queryKey: ["releases", head, "diff", to],
    queryFn: async ({ signal }) => (await send<{ changes: DraftPlan["changes"] }>("GET", `/api/v1/releases/${head}/diff`, { query: { with: to }, signal })).data,
  });
  const back = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await send("POST", "/api/v1/packages/rollback", { query: { to, parent: head, consent: consents }, timeoutMs: 600_000 });
      await client.invalidateQueries({ queryKey: ["releases"] });
      await client.invalidateQueries({ queryKey: keys.app() });
      await refresh();
      toasts.show(t("design.went_back", { number: to }));
      onClose();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open width={720} title={t("design.back_title", { number: to })} onCancel={onClose} footer={
      <div className={styles.foot}>
        <Button onClick={onClose}>{t("action.cancel")}</Button>
        <Button kind="danger-solid" busy={busy} reason={consents ? undefined : t("builder.consent_first")} onClick={() => void back()}>{t("design.go_back")}</Button>
      </div>
    }>
      {diff.isLoading && <SkeletonRows rows={4} />}
      {diff.error != null && <ErrorBlock error={diff.error} />}
      {diff.data && <PlanList plan={{ changes: diff.data.changes, is_empty: diff.data.changes.length === 0 }} />}
      <Checkbox checked={consents} onChange={(event) => setConsents(event.target.checked)}>{t("builder.consent")}</Checkbox>
      {problem != null && <ErrorBlock error={problem} />}
    </Modal>
  );
}
