import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { DockedPanel } from "@/ui/DockedPanel";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonForm } from "@/ui/Skeleton";
import { ChangeLine } from "./ChangeLine";
import { packageKeys, packagesApi } from "./packagesApi";
import styles from "./PackagesPage.module.css";

/** One release: who, when, why, from when it decides, and what it changed. */
export function ReleasePanel({ number, onClose }: { number: number; onClose: () => void }) {
  const { t } = useTranslation();
  const releases = useQuery({ queryKey: packageKeys.releases, queryFn: ({ signal }) => packagesApi.releases(signal) });
  const diff = useQuery({ queryKey: packageKeys.diff(number), queryFn: ({ signal }) => packagesApi.diff(number, signal), staleTime: Infinity });
  const row = releases.data?.data.find((each) => each.number === number);
  const title = t("packages.release_number", { number });
  return (
    <DockedPanel label={title} lead={<b>{title}</b>} onClose={onClose}>
      <div className={styles.panel} role="region" aria-label={title} tabIndex={0}>
        {row && (
          <dl className={styles.facts}>
            <dt>{t("packages.by")}</dt><dd>{row.created_by}</dd>
            <dt>{t("packages.at")}</dt><dd className="num">{formatInstant(row.created_at)}</dd>
            <dt>{t("packages.from")}</dt><dd className="num">{formatInstant(row.effective_from)}</dd>
            {row.reason && <><dt>{t("packages.reason_short")}</dt><dd>{row.reason}</dd></>}
          </dl>
        )}
        {diff.isPending && <SkeletonForm fields={4} />}
        {diff.isError && <ErrorBlock error={diff.error} onRetry={() => void diff.refetch()} />}
        {diff.data && (
          <>
            <h2 className={styles.head}>{t("packages.changes_since", { count: diff.data.changes.length, number: diff.data.from })}</h2>
            {diff.data.changes.length > 0 && <ul className={styles.changes}>{diff.data.changes.slice(0, 300).map((change, index) => <ChangeLine key={index} change={change} />)}</ul>}
          </>
        )}
      </div>
    </DockedPanel>
  );
}
