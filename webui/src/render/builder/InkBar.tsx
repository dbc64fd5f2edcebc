import { ArrowLeft, CircleAlert, CloudOff, Redo2, Undo2 } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { useCommands, type Command } from "@/lib/shortcuts";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import { Logo } from "@/ui/Logo";
import { useDraft } from "./draft";
import styles from "./InkBar.module.css";

export interface InkTab {
  key: string;
  text: string;
  count?: number;
}

/** The dark bar of everything that builds: back, the thing, its tabs; state, undo, redo, and what publishes. */
export function InkBar({ back, crumb, title, kind, icon, tabs = [], tab, onTab, children }: {
  back: string;
  /** The application that the thing belongs to. */
  crumb?: string;
  title: string;
  /** Such as "Entity", said in a tag. */
  kind?: string;
  icon?: ReactNode;
  tabs?: readonly InkTab[];
  tab?: string;
  onTab?: (key: string) => void;
  /** What stands right of undo and redo; at most one primary. */
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <header className={styles.bar} data-theme-ink="">
      <Link to={back} className={styles.back} aria-label={t("action.back")}>
        <ArrowLeft size={16} strokeWidth={1.75} aria-hidden />
      </Link>
      <Logo size={18} plain />
      {crumb && <span className={styles.crumb}>{crumb}<span className={styles.slash} aria-hidden>/</span></span>}
      {icon}
      <h1 className={styles.title}>{title}</h1>
      {kind && <span className={styles.kind}>{kind}</span>}
      {tabs.length > 0 && (
        <nav className={styles.tabs} aria-label={t("builder.parts")}>
          {tabs.map((each) => (
            <button
              key={each.key}
              type="button"
              className={cx(styles.tab, each.key === tab && styles.here)}
              aria-current={each.key === tab ? "page" : undefined}
              onClick={() => onTab?.(each.key)}
            >
              {each.text}
              {each.count !== undefined && <span className={styles.count}>{each.count}</span>}
            </button>
          ))}
        </nav>
      )}
      <div className={styles.rest}>
        <SaveMark />
        <UndoButtons />
        {children}
      </div>
    </header>
  );
}

/** One of: saved at, waiting or saving, offline, failed. */
function SaveMark() {
  const { t } = useTranslation();
  const { draft, state, savedAt, saver } = useDraft();
  const isOpen = draft !== null;
  const text = {
    saved: savedAt ? t("builder.saved_at", { at: formatInstant(savedAt.toISOString(), { brief: true }) }) : isOpen ? t("builder.saved") : t("builder.untouched"),
    waiting: t("builder.saving"), saving: t("builder.saving"), offline: t("builder.offline"),
    failed: t("builder.save_failed"), clash: t("builder.clash"),
  }[state];
  const isBad = state === "failed" || state === "clash";
  return (
    <span className={cx(styles.state, isBad && styles.bad)} aria-live="polite">
      {state === "offline" ? <CloudOff size={14} aria-hidden /> : isBad ? <CircleAlert size={14} aria-hidden /> : isOpen && <i className={styles.dot} />}
      {isOpen && <span className={styles.name}>{draft.name} · </span>}
      {state === "failed" ? (
        <button type="button" className={styles.again} onClick={() => void saver?.flush()}>{text}</button>
      ) : text}
    </span>
  );
}

function UndoButtons() {
  const { t } = useTranslation();
  const { draft, undo, redo } = useDraft();
  const commands = useMemo<Command[]>(() => {
    const group = t("builder.building");
    return [
      { id: "builder.undo", label: t("action.undo"), group, keys: "mod+z", run: () => void undo() },
      { id: "builder.redo", label: t("action.redo"), group, keys: ["mod+shift+z", "mod+y"], run: () => void redo() },
    ];
  }, [redo, t, undo]);
  useCommands(commands);
  const named = (way: "undo" | "redo") => {
    const step = draft?.[way];
    return step ? `${t(`action.${way}`)} ${labelText(step.label)}` : t(`action.${way}`);
  };
  return (
    <>
      <IconButton icon={Undo2} label={named("undo")} keys="mod+z" disabled={!draft?.undo} onClick={() => void undo()} className={styles.icon} />
      <IconButton icon={Redo2} label={named("redo")} keys="mod+shift+z" disabled={!draft?.redo} onClick={() => void redo()} className={styles.icon} />
    </>
  );
}
