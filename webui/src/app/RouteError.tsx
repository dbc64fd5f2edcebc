import { useRouteError } from "react-router";
import { ErrorBlock } from "@/ui/ErrorBlock";

/** When a page cannot even be loaded or drawn. A script that is gone means that the server has a newer build. */
export function RouteError() {
  const error = useRouteError();
  return <ErrorBlock error={error} onRetry={() => window.location.reload()} />;
}
