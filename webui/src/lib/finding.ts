/** Finding by a part of a name, by pinyin, and by initials. */

let spell: ((text: string) => readonly [string, string]) | null = null;

/** Load the table of pinyin; before that, only letters are compared. */
export async function loadPinyin(): Promise<void> {
  if (spell) return;
  const { pinyin } = await import("pinyin-pro");
  const known = new Map<string, readonly [string, string]>();
  spell = (text) => {
    let found = known.get(text);
    if (!found) {
      const whole = pinyin(text, { toneType: "none", type: "array" });
      found = [whole.join("").toLowerCase(), whole.map((syllable) => syllable[0] ?? "").join("").toLowerCase()];
      known.set(text, found);
    }
    return found;
  };
}

const HAN = /\p{Script=Han}/u;

/** How well a name fits what was written: 0 not at all, more is better. */
export function fitOf(name: string, wanted: string): number {
  const text = name.toLowerCase();
  const asked = wanted.trim().toLowerCase();
  if (!asked) return 1;
  if (text === asked) return 100;
  if (text.startsWith(asked)) return 80;
  if (text.includes(asked)) return 60;
  const words = text.split(/[\s/·_-]+/).map((word) => word[0] ?? "").join("");
  if (words.startsWith(asked)) return 50;
  if (!spell || !HAN.test(name) || !/^[a-z0-9 ]+$/.test(asked)) return 0;
  const [whole, initials] = spell(name);
  const plain = asked.replaceAll(" ", "");
  if (initials.startsWith(plain)) return 45;
  if (whole.startsWith(plain)) return 40;
  if (initials.includes(plain)) return 30;
  return whole.includes(plain) ? 20 : 0;
}
