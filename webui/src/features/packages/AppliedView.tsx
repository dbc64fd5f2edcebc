import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { Progress } from "@/ui/Progress";
import { type Outstanding, packageKeys, packagesApi } from "./packagesApi";
import styles from "./Process.module.css";

const ASK_EVERY_MS = 2_000;

const leftOf = (answer: Outstanding | undefined): number => (answer ? answer.builds.filter((build) => build.state !== "blocked").length + (answer.holders > 0 ? 1 : 0) : 0);

/** What was applied, what goes on in the background with a bar, and what stands in its way. */
export function AppliedView({ release, back, toList }: { release: number; back: string; toList: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: packageKeys.outstanding,
    queryFn: ({ signal }) => packagesApi.outstanding(signal),
    refetchInterval: (query) => (leftOf(query.state.data) > 0 ? ASK_EVERY_MS : false),
  });
  const left = leftOf(data);
  const most = useRef(0);
  useEffect(() => {
    most.current = Math.max(most.current, left);
  }, [left]);
  useEffect(() => {
    // What the person may see has changed with the release.
    void client.invalidateQueries({ queryKey: ["app"] });
  }, [client, release]);
  const blocked = (data?.builds ?? []).filter((build) => build.problems.length > 0);
  return (
    <div className={styles.applied}>
      <CircleCheck size={28} strokeWidth={1.75} aria-hidden className={styles.ok} />
      <h2 aria-live="polite">{t("packages.applied", { number: release })}</h2>
      <p>{t("packages.applied_text")}</p>
      {left > 0 && (
        <div className={styles.builds}>
          <p>{t("packages.building", { count: left })}</p>
          <Progress value={1 - left / Math.max(left, most.current, 1)} label={t("packages.building", { count: left })} />
        </div>
      )}
      {data && left === 0 && blocked.length === 0 && <p className={styles.quiet}>{t("packages.all_built")}</p>}
      {blocked.map((build) => (
        <Note key={build.id} tone="warn" lead={build.target}>{" "}{t("packages.blocked", { ids: build.problems.slice(0, 20).join(", ") })}</Note>
      ))}
      <div className={styles.ways}>
        <Button kind="primary" href={toList}>{t("packages.to_releases")}</Button>
        <Button href={back}>{t("packages.to_app")}</Button>
      </div>
    </div>
  );
}
