import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { IconButton } from "./IconButton";
import { toasts } from "./toasts";
import styles from "./Toasts.module.css";

/** The toasts at the bottom left: at most three, each for six seconds, longer under the pointer. */
export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(toasts.subscribe, toasts.current);
  return (
    <div className={styles.place} aria-live="polite" role="status">
      {shown.map((toast) => (
        <div
          key={toast.id}
          className={styles.toast}
          onMouseEnter={() => toasts.hold(toast.id)}
          onMouseLeave={() => toasts.release(toast.id)}
        >
          <span className={styles.text}>{toast.text}</span>
          {toast.action && (
            <Button
              kind="link"
              small
              onClick={() => {
                toasts.close(toast.id);
                toast.action?.run();
              }}
            >
              {toast.action.label}
            </Button>
          )}
          <IconButton icon={X} size={14} label={t("action.close")} onClick={() => toasts.close(toast.id)} placement="top" />
        </div>
      ))}
    </div>
  );
}
