import { Modal } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";
import { Button } from "@/ui/Button";

/** Asks before changes that are not saved are left behind. keeps: whether the new address still shows them. */
export function LeaveGuard({ when, count, keeps }: {
  when: boolean;
  count: number;
  keeps?: (from: URL, to: URL) => boolean;
}) {
  const { t } = useTranslation();
  const blocker = useBlocker(({ currentLocation, nextLocation }) => {
    if (!when) return false;
    const from = new URL(currentLocation.pathname + currentLocation.search, window.location.origin);
    const to = new URL(nextLocation.pathname + nextLocation.search, window.location.origin);
    return from.href !== to.href && !keeps?.(from, to);
  });
  useEffect(() => {
    if (!when) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [when]);
  const footer = (
    <div style={{ display: "flex", justifyContent: "flex-end", gap: 8 }}>
      <Button kind="danger" onClick={() => blocker.proceed?.()}>{t("record.leave")}</Button>
      <Button kind="primary" onClick={() => blocker.reset?.()}>{t("record.stay")}</Button>
    </div>
  );
  return (
    <Modal open={blocker.state === "blocked"} title={t("record.leave_title")} width={480} footer={footer} onCancel={() => blocker.reset?.()}>
      {t("record.leave_text", { count })}
    </Modal>
  );
}
