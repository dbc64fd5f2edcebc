import { lazy, Suspense, useSyncExternalStore } from "react";
import { session } from "@/lib/session";

const Dialog = lazy(async () => ({ default: (await import("./SignInDialog")).SignInDialog }));

/** The sign-in over an open page whose session has ended: what was written stays, and the request goes on. */
export function SessionEnded() {
  const isExpired = useSyncExternalStore(session.subscribe, () => session.isExpired);
  return isExpired ? <Suspense fallback={null}><Dialog /></Suspense> : null;
}
