import "@/ui/styles/tokens.css";
import "@/ui/styles/base.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { beginI18n, preferredLanguage } from "@/lib/i18n";
import { carryNonce } from "@/lib/nonce";
import { newQueryClient } from "@/lib/query";
import { appQuery } from "@/lib/offer";
import { handleKey } from "@/lib/shortcuts";
import { themes } from "@/ui/themes";
import { Toasts } from "@/ui/Toasts";
import { UiProvider } from "@/ui/UiProvider";
import { makeRouter } from "./router";

carryNonce();
themes.begin();
const client = newQueryClient();
// Asked at once, beside the texts: the page shows nothing before both are there.
if (!/^\/(_ui$|sign-in$|p\/)/.test(location.pathname)) void client.prefetchQuery(appQuery);
window.addEventListener("keydown", handleKey);

void beginI18n(preferredLanguage()).then(() => {
  createRoot(document.getElementById("root")!).render(
    <QueryClientProvider client={client}>
      <UiProvider>
        <RouterProvider router={makeRouter()} />
        <Toasts />
      </UiProvider>
    </QueryClientProvider>,
  );
});
