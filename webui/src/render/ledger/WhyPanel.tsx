import { useQuery } from "@tanstack/react-query";
import { Copy, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { IconButton } from "@/ui/IconButton";
import { Note } from "@/ui/Note";
import { Panel } from "@/ui/Panel";
import { SkeletonForm } from "@/ui/Skeleton";
import { ledgerApi, ledgerKeys, type Ledger, type Movement } from "./ledgerApi";
import { signed, useMovementName } from "./LedgerTab";
import { TraceList, traceText } from "./TraceList";
import styles from "./WhyPanel.module.css";

/** Why a movement is what it is: the release and its rules, the factors, what was rounded, what did not count. */
export function WhyPanel({ movement, ledger, onClose }: { movement: Movement; ledger: Ledger; onClose: () => void }) {
  const { t } = useTranslation();
  const name = useMovementName(movement);
  const [isCopied, setCopied] = useState(false);
  const proof = useQuery({ queryKey: ledgerKeys.proof(movement.id), queryFn: ({ signal }) => ledgerApi.proof(movement.id, signal), staleTime: 60_000 });
  const title = t("ledger.why", { value: signed(movement.effect, ledger.scale) });
  const copy = async () => {
    if (!proof.data) return;
    const words = { default: t("rules.by_default"), missed: t("rules.missed") };
    const head = `${name} ${signed(movement.effect, ledger.scale)} · ${formatInstant(movement.business_at)}`;
    await navigator.clipboard?.writeText(`${head}\n${traceText(proof.data.steps, words)}`);
    setCopied(true);
  };
  return (
    <aside className={styles.panel} aria-label={title}>
      <header className={styles.head}>
        <h2 className={styles.title}>{title}</h2>
        <Button small kind="text" icon={<Copy size={14} strokeWidth={1.75} />} onClick={() => void copy()}>{t(isCopied ? "action.copied" : "ledger.copy")}</Button>
        <IconButton icon={X} label={t("action.close")} onClick={onClose} />
      </header>
      {proof.isLoading && <SkeletonForm fields={4} />}
      {proof.error != null && <ErrorBlock error={proof.error} onRetry={() => void proof.refetch()} />}
      {proof.data && (
        <>
          <p className={styles.quiet}>{name} · {formatInstant(movement.business_at)}</p>
          {!proof.data.agrees && <Note tone="warn">{t("ledger.differs")}</Note>}
          {proof.data.error && <Note tone="err">{proof.data.error.message}</Note>}
          {proof.data.steps.length > 0 ? <Panel><TraceList steps={proof.data.steps} /></Panel> : <Note tone="neu">{t("ledger.by_itself")}</Note>}
          <p className={styles.quiet}>{proof.data.ruleset ? t("ledger.by_rules", { rules: proof.data.ruleset, release: proof.data.release }) : t("design.release", { number: proof.data.release })}{proof.data.agrees && ` · ${t("ledger.agrees")}`}</p>
        </>
      )}
    </aside>
  );
}
