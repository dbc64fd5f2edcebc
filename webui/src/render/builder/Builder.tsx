import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorBlock } from "@/ui/ErrorBlock";
import styles from "./Builder.module.css";
import { ClashDialog } from "./ClashDialog";
import { DraftProvider, useDraft } from "./draft";

/** The frame of a builder: the ink bar on top, panels and a canvas below, and the draft that all of it works on. */
export function Builder({ children }: { children: ReactNode }) {
  return (
    <DraftProvider>
      <Frame>{children}</Frame>
    </DraftProvider>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { error, refresh } = useDraft();
  return (
    <div className={styles.builder}>
      {error ? <ErrorBlock error={error} title={t("builder.no_draft")} onRetry={() => void refresh()} /> : children}
      <ClashDialog />
    </div>
  );
}

/** What stands below the ink bar: left panel, canvas, right panel. On a phone only the canvas. */
export function BuilderBody({ left, right, children }: { left?: ReactNode; right?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.body}>
      {left}
      <main className={styles.canvas} id="content">{children}</main>
      {right}
    </div>
  );
}
