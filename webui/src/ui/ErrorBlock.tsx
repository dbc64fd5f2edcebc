import { CloudAlert, Copy, Lock, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, isPassing } from "@/lib/errors";
import { errorText } from "@/lib/problems";
import { Button } from "./Button";
import styles from "./ErrorBlock.module.css";
import { cx } from "./cx";
import tones from "./tones.module.css";

/** Only the failing block fails: what happened, whether data changed, what to do, and a number to copy. */
export function ErrorBlock({ error, title, onRetry, actions, changed = false }: {
  error: unknown;
  /** What was not got, such as "the list". */
  title?: string;
  onRetry?: () => void;
  actions?: ReactNode;
  /** Whether something may have been changed all the same. */
  changed?: boolean;
}) {
  const { t } = useTranslation();
  const isForbidden = error instanceof ApiError && (error.status === 403 || error.status === 404);
  const requestId = error instanceof ApiError ? error.requestId : "";
  const Icon = isForbidden ? Lock : CloudAlert;
  return (
    <div className={styles.block} role="alert">
      <span className={cx(styles.tile, tones[isForbidden ? "neu" : "err"])}>
        <Icon size={20} strokeWidth={1.75} aria-hidden />
      </span>
      <h2 className={styles.title}>{title ?? (isForbidden ? t("state.forbidden") : t("state.failed"))}</h2>
      <p className={styles.text}>
        {errorText(error)}
        {!isForbidden && !changed && ` ${t("state.unchanged")}`}
      </p>
      <div className={styles.actions}>
        {onRetry && (!isForbidden || isPassing(error)) && (
          <Button icon={<RotateCw />} onClick={onRetry}>{t("action.retry")}</Button>
        )}
        {actions}
        {requestId && <CopyNumber text={requestId} />}
      </div>
    </div>
  );
}

function CopyNumber({ text }: { text: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  return (
    <Button kind="text" icon={<Copy />} onClick={copy}>
      {isCopied ? t("action.copied") : t("action.copy_number")} <span className={`mono ${styles.number}`}>{text}</span>
    </Button>
  );
}
