import { CircleHelp, House, Keyboard, Search } from "lucide-react";
import type { TFunction } from "i18next";
import type { NavigateFunction } from "react-router";
import type { Command } from "@/lib/shortcuts";

/** What can be done from everywhere. */
export function shellCommands({ t, app, navigate, openPalette, openKeys }: {
  t: TFunction;
  app: string;
  navigate: NavigateFunction;
  openPalette: () => void;
  openKeys: () => void;
}): Command[] {
  return [
    {
      id: "shell.palette", label: t("keys.palette"), group: t("keys.general"), icon: Search, keys: "mod+k",
      inInputs: true, isQuiet: true, run: openPalette,
    },
    { id: "shell.keys", label: t("keys.sheet"), group: t("keys.general"), icon: Keyboard, keys: "?", run: openKeys },
    {
      id: "shell.home", label: t("keys.home"), group: t("keys.go"), icon: House, keys: "g h",
      run: () => void navigate(`/a/${app}`),
    },
    {
      id: "shell.docs", label: t("shell.api_docs"), group: t("keys.go"), icon: CircleHelp,
      run: () => void window.open("/api/docs", "_blank", "noopener"),
    },
  ];
}
