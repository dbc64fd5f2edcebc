import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { SkeletonBar } from "@/ui/Skeleton";
import type { Block, BlockData } from "./dashboardApi";
import styles from "./Dashboard.module.css";
import { FunnelBlock } from "./FunnelBlock";
import { HeatBlock } from "./HeatBlock";
import { NumberBlock } from "./NumberBlock";
import { RankingBlock } from "./RankingBlock";
import { TableBlock } from "./TableBlock";

const ChartBlock = lazy(async () => ({ default: (await import("./ChartBlock")).ChartBlock }));

/** What a block shows, by its kind; charts are loaded when the first one is there. */
export function BlockBody({ block, data, base }: { block: Block; data: BlockData; base: string }) {
  const { t } = useTranslation();
  if (block.kind !== "number" && data.rows.length === 0) return <p className={styles.none}>{t("dashboard.nothing")}</p>;
  const props = { block, data, base };
  if (block.kind === "number") return <NumberBlock {...props} />;
  if (block.kind === "funnel") return <FunnelBlock {...props} />;
  if (block.kind === "heat") return <HeatBlock {...props} />;
  if (block.kind === "bar" && block.look === "ranking") return <RankingBlock {...props} />;
  if (block.kind === "table") return <TableBlock {...props} />;
  return (
    <Suspense fallback={<div className={styles.waiting}><SkeletonBar width="60%" /></div>}>
      <ChartBlock {...props} />
    </Suspense>
  );
}
