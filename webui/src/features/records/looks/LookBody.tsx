import { lazy, Suspense, type ComponentType } from "react";
import { SkeletonRows } from "@/ui/Skeleton";
import type { LookProps } from "./look";

/** Each look is loaded when it is first shown. */
const BODIES: Record<LookProps["layout"]["as"], ComponentType<LookProps>> = {
  kanban: lazy(async () => ({ default: (await import("./Board")).Board })),
  calendar: lazy(async () => ({ default: (await import("./CalendarLook")).CalendarLook })),
  gallery: lazy(async () => ({ default: (await import("./GalleryLook")).GalleryLook })),
  tree: lazy(async () => ({ default: (await import("./TreeLook")).TreeLook })),
};

/** A list in another look than the table. */
export function LookBody(props: LookProps) {
  const Body = BODIES[props.layout.as];
  return <Suspense fallback={<SkeletonRows rows={8} rowHeight={44} />}><Body {...props} /></Suspense>;
}
