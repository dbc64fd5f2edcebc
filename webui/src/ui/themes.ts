/** Which theme is shown: light, dark, or the machine's own. Changing it needs no reload. */
import { read, write } from "@/lib/memory";
import type { ThemeName } from "./theme";

export type ThemeChoice = ThemeName | "system";

const media = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function choice(): ThemeChoice {
  const kept = read("theme");
  return kept === "light" || kept === "dark" ? kept : "system";
}

function current(): ThemeName {
  const wanted = choice();
  return wanted === "system" ? (media.matches ? "dark" : "light") : wanted;
}

function show(): void {
  document.documentElement.dataset.theme = current();
  listeners.forEach((listener) => listener());
}

media.addEventListener("change", show);

export const themes = {
  choice,
  current,
  /** Put the theme on the page; once before anything is drawn. */
  begin: show,
  choose(wanted: ThemeChoice): void {
    write("theme", wanted === "system" ? null : wanted);
    show();
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
