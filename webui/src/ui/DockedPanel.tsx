import { X } from "lucide-react";
import { useEffect, useMemo, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useCommands, type Command } from "@/lib/shortcuts";
import { cx } from "./cx";
import styles from "./DockedPanel.module.css";
import { IconButton } from "./IconButton";

/** A panel of 440 px at the right: docked where there is room, over the content under 1280 px, whole on a phone. */
export function DockedPanel({ label, lead, actions, children, onClose, sunken = false, returnFocus }: {
  /** What it is, for those who do not see it. */
  label: string;
  /** Left in its bar. */
  lead?: ReactNode;
  /** Right in its bar, before the cross. */
  actions?: ReactNode;
  children: ReactNode;
  onClose: () => void;
  sunken?: boolean;
  /** Called when it has closed by Escape or the cross, to give focus back. */
  returnFocus?: () => void;
}) {
  const { t } = useTranslation();
  const panel = useRef<HTMLElement>(null);
  const handlers = useRef({ onClose, returnFocus });
  useEffect(() => {
    handlers.current = { onClose, returnFocus };
  });
  const commands = useMemo<Command[]>(() => {
    const close = () => {
      handlers.current.onClose();
      handlers.current.returnFocus?.();
    };
    const group = t("keys.panel");
    return [{ id: "panel.close", label: t("action.close"), group, keys: "escape", isQuiet: true, inInputs: true, run: close }];
  }, [t]);
  useCommands(commands);
  return (
    <aside ref={panel} className={cx(styles.panel, sunken && styles.sunken)} aria-label={label}>
      <div className={styles.bar}>
        <div className={styles.lead}>{lead}</div>
        {actions}
        <IconButton icon={X} label={t("action.close")} keys="escape" onClick={() => commands[0]!.run()} />
      </div>
      <div className={styles.content}>{children}</div>
    </aside>
  );
}
