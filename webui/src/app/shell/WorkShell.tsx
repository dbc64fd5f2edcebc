import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation, useNavigate, useParams } from "react-router";
import { labelText } from "@/lib/i18n";
import { usePhone } from "@/lib/media";
import { write } from "@/lib/memory";
import { useOnline } from "@/lib/network";
import { useOffer } from "@/lib/offer";
import { useCommands } from "@/lib/shortcuts";
import { ErrorBoundary } from "@/ui/ErrorBoundary";
import { NavigationContext } from "@/ui/PageBar";
import { OfflineStrip } from "./OfflineStrip";
import { shellCommands } from "./shellCommands";
import { Sidebar } from "./Sidebar";
import styles from "./WorkShell.module.css";

const NotFoundPage = lazy(async () => ({ default: (await import("../NotFoundPage")).NotFoundPage }));
const loadPalette = () => import("./Palette");
const loadKeys = () => import("./KeySheet");
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));
const KeySheet = lazy(async () => ({ default: (await loadKeys()).KeySheet }));

/** The work shell: sidebar, bar and content of one application. */
export function WorkShell() {
  const { t } = useTranslation();
  const offer = useOffer();
  const { app: name = "" } = useParams();
  const location = useLocation();
  const navigate = useNavigate();
  const isPhone = usePhone();
  const isOnline = useOnline();
  const [sheet, setSheet] = useState<"none" | "navigation" | "palette" | "keys">("none");
  const [wasOpened, setOpened] = useState(false);
  if ((sheet === "palette" || sheet === "keys") && !wasOpened) setOpened(true);
  useEffect(() => {
    // Once the page stands, so that the palette is there at the first Ctrl K.
    const timer = setTimeout(() => void Promise.all([loadPalette(), loadKeys()]).catch(() => undefined), 3_000);
    return () => clearTimeout(timer);
  }, []);
  const app = offer.apps.find((each) => each.name === name);
  useEffect(() => {
    if (app) {
      write("app", app.name);
      document.title = `${labelText(app.label)} · Tessera`;
    }
  });
  const commands = useMemo(
    () => shellCommands({ t, app: name, navigate, openPalette: () => setSheet("palette"), openKeys: () => setSheet("keys") }),
    [t, name, navigate],
  );
  useCommands(commands);
  const openNavigation = useMemo(() => () => setSheet("navigation"), []);
  if (!app) return <Suspense fallback={null}><NotFoundPage /></Suspense>;
  const close = () => setSheet("none");
  return (
    <NavigationContext value={openNavigation}>
      <a href="#content" className={styles.skip}>{t("shell.skip")}</a>
      <div className={styles.shell}>
        <Sidebar
          app={app}
          isSheet={isPhone}
          isOpen={sheet === "navigation"}
          onClose={close}
          onSearch={() => setSheet("palette")}
          onKeys={() => setSheet("keys")}
        />
        <div className={styles.side}>
          {!isOnline && <OfflineStrip />}
          <main id="content" className={styles.content} tabIndex={-1} aria-label={t("shell.main")}>
            <ErrorBoundary resetKey={location.pathname}>
              <Outlet />
            </ErrorBoundary>
          </main>
        </div>
      </div>
      {wasOpened && (
        <Suspense fallback={null}>
          <Palette isOpen={sheet === "palette"} app={app} onClose={close} />
          <KeySheet isOpen={sheet === "keys"} onClose={close} />
        </Suspense>
      )}
    </NavigationContext>
  );
}
