import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { problemText } from "@/lib/problems";
import { ErrorBoundary } from "@/ui/ErrorBoundary";
import { Note } from "@/ui/Note";
import { SkeletonBar } from "@/ui/Skeleton";
import { cx } from "@/ui/cx";
import { BlockBody } from "./BlockBody";
import type { Block, Dashboard, DashboardData } from "./dashboardApi";
import styles from "./Dashboard.module.css";

/** The blocks of a dashboard on twelve columns; each fails alone. */
export function DashboardGrid({ dashboard, data, base }: {
  dashboard: Dashboard;
  data: DashboardData | undefined;
  /** Of the application, for the lists behind the marks. */
  base: string;
}) {
  const blocks = dashboard.blocks.filter((block) => block.at !== null);
  return (
    <div className={styles.grid}>
      {blocks.map((block) => (
        <BlockCard key={block.uid} block={block} data={data} base={base} />
      ))}
    </div>
  );
}

function BlockCard({ block, data, base }: { block: Block; data: DashboardData | undefined; base: string }) {
  const { t } = useTranslation();
  const at = block.at!;
  const found = data?.blocks[block.uid];
  const isNumber = block.kind === "number";
  return (
    <section
      className={cx(styles.block, isNumber && styles.figure)}
      style={{ gridColumn: `${at.x + 1} / span ${at.w}`, gridRow: `${at.y + 1} / span ${at.h}` }}
      aria-label={labelText(block.label)}
    >
      <header className={styles.head}>
        <h2 className={styles.title}>{labelText(block.label)}</h2>
        {block.help && <span className={styles.help}>{labelText(block.help)}</span>}
      </header>
      <ErrorBoundary>
        {!found && <div className={styles.waiting}><SkeletonBar width="50%" height={14} /></div>}
        {found && "problem" in found && <Note tone="err" lead={t("dashboard.failed")}>{problemText(found.problem)}</Note>}
        {found && !("problem" in found) && <BlockBody block={block} data={found} base={base} />}
      </ErrorBoundary>
    </section>
  );
}
