import { lazy, Suspense } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { ApiError } from "@/lib/errors";
import { OfferProvider, useAppQuery } from "@/lib/offer";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SessionEnded } from "./SessionEnded";

const OneTimePassword = lazy(async () => ({ default: (await import("./OneTimePassword")).OneTimePassword }));

/** Pages for people who are signed in: it leads strangers to the sign-in and brings them back. */
export function SignedIn() {
  const { data, error, refetch } = useAppQuery();
  const location = useLocation();
  if (data) {
    return (
      <OfferProvider answer={data}>
        <Outlet />
        <SessionEnded />
      </OfferProvider>
    );
  }
  if (error instanceof ApiError && error.status === 401) {
    const next = location.pathname + location.search;
    const query = next === "/" ? "" : `?next=${encodeURIComponent(next)}`;
    return <Navigate to={`/sign-in${query}`} replace />;
  }
  if (error instanceof ApiError && error.code === "password_change_needed") return <Suspense fallback={null}><OneTimePassword onDone={() => void refetch()} /></Suspense>;
  return error ? <ErrorBlock error={error} onRetry={() => void refetch()} /> : null;
}
