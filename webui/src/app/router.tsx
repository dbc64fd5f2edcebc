import { createBrowserRouter, type RouteObject } from "react-router";
import { HomeRedirect } from "./HomeRedirect";
import { features } from "./places";
import { WorkShell } from "./shell/WorkShell";
import { RouteError } from "./RouteError";
import { SignedIn } from "./SignedIn";

/** The pages of all features; each fails by itself, with the shell around it still there. */
const all = (part: "routes" | "builders" | "bare"): RouteObject[] =>
  features
    .flatMap((feature) => feature[part] ?? [])
    .map((route) => ({ errorElement: <RouteError />, hydrateFallbackElement: <></>, ...route }) as RouteObject);

const nowhere: RouteObject = {
  path: "*",
  lazy: async () => ({ Component: (await import("./NotFoundPage")).NotFoundPage }),
  hydrateFallbackElement: <></>,
};

/** The addresses: /a/:app/… in the work shell, /b/:app/… for builders, and what features add without a shell. */
export function makeRouter() {
  return createBrowserRouter([
    ...all("bare"),
    {
      element: <SignedIn />,
      hydrateFallbackElement: <></>,
      errorElement: <RouteError />,
      children: [
        { index: true, element: <HomeRedirect /> },
        {
          path: "a/:app",
          element: <WorkShell />,
          children: [...all("routes"), nowhere],
        },
        { path: "b/:app", children: [...all("builders"), nowhere] },
        nowhere,
      ],
    },
  ]);
}
