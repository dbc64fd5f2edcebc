import type { ConfigProviderProps } from "antd";
import i18next, { type i18n as I18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { read, write } from "./memory";
import type zh from "./messages/zh-CN.json";
import type { Label } from "./wire";

export type Language = "zh-CN" | "en";

/** Each language by its own name in its own script. */
export const LANGUAGES: readonly { code: Language; name: string; tag: string }[] = [
  { code: "zh-CN", name: "简体中文", tag: "zh-CN" },
  { code: "en", name: "English", tag: "en" },
];

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof zh };
    returnNull: false;
  }
}

type Locale = NonNullable<ConfigProviderProps["locale"]>;

const loaders: Record<Language, () => Promise<{ texts: object; controls: Locale }>> = {
  "zh-CN": () => import("./messages/zh-CN"),
  en: () => import("./messages/en"),
};
const controls: Partial<Record<Language, Locale>> = {};

async function load(language: Language): Promise<object> {
  const loaded = await loaders[language]();
  controls[language] = loaded.controls;
  return loaded.texts;
}

/** The texts of the controls in the language that is shown now. */
export function controlsLocale(): Locale | undefined {
  return controls[currentLanguage()];
}

/** The language that was chosen in this browser, else the browser's own where there is one, else the given one. */
export function preferredLanguage(otherwise: Language = "zh-CN"): Language {
  const kept = read("language");
  if (kept === "zh-CN" || kept === "en") return kept;
  for (const each of navigator.languages) {
    if (each.toLowerCase().startsWith("zh")) return "zh-CN";
    if (each.toLowerCase().startsWith("en")) return "en";
  }
  return otherwise;
}

/** Begin with a language; to be awaited before the first text is shown. */
export async function beginI18n(language: Language): Promise<I18n> {
  const texts = await load(language);
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: texts } },
    fallbackLng: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
  return i18next;
}

/** Change the language without a reload, and remember it in this browser. */
export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "translation")) {
    const texts = await load(language);
    i18next.addResourceBundle(language, "translation", texts);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  write("language", language);
}

/** The language that is shown now. */
export function currentLanguage(): Language {
  return i18next.language === "en" ? "en" : "zh-CN";
}

/** A label inside a sentence: English names begin small there, unless they are written in capitals. */
export function inText(label: Label | null | undefined): string {
  const text = labelText(label);
  if (currentLanguage() !== "en" || /^\p{Lu}{2}/u.test(text)) return text;
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** A label of the metadata in the language that is shown. */
export function labelText(label: Label | null | undefined): string {
  if (!label) return "";
  return currentLanguage() === "en" ? label.en || label.zh : label.zh || label.en;
}
