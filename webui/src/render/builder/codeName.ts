/** The table of pinyin is large: it comes beside the page, long before somebody has written a label. */
let spell: ((text: string) => string[]) | null = null;

/** Resolves when Chinese labels can be spelled. */
export const codeNamesAreReady: Promise<void> = import("pinyin-pro").then(({ pinyin }) => {
  spell = (text) => pinyin(text, { toneType: "none", type: "array", nonZh: "consecutive" });
});

/** A code name for a label: Latin letters as they are, Chinese by its pinyin. "入会日期" becomes "ru_hui_ri_qi". */
export function codeName(label: string): string {
  const text = label.trim();
  const words = spell ? spell(text) : [text];
  const name = words.join("_").normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "");
  return name.slice(0, 40).replace(/_+$/, "");
}
