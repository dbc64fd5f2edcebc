import { lazy, Suspense } from "react";
import { SkeletonRows } from "@/ui/Skeleton";
import type { Holder } from "./diagramModel";
import { useBodies } from "./entityApi";
import type { Entities } from "./shared";

const Diagram = lazy(async () => ({ default: (await import("./Diagram")).Diagram }));

/** The diagram with what it shows; its library is only fetched when somebody looks at it. */
export function DiagramTab({ draft, entities, here }: { draft: number | undefined; entities: Entities; here: string }) {
  const ledgers = useBodies<Holder>(draft, "ledger");
  const timelines = useBodies<Holder>(draft, "timeline");
  return (
    <Suspense fallback={<SkeletonRows rows={10} />}>
      <Diagram draft={draft} entities={entities} ledgers={ledgers} timelines={timelines} here={here} />
    </Suspense>
  );
}
