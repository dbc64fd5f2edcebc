/** Whether a name is meant by what somebody types: by parts of its label in either language, its pinyin or their initials. */
import { codeName } from "@/render/builder/codeName";
import type { NameMember } from "./formulaApi";

/** Parts of labels, "heji" and "hj" for 合计. */
export function matchesName({ name, label }: Pick<NameMember, "name" | "label">, typed: string): boolean {
  const wanted = typed.trim().toLowerCase();
  if ([name, label.zh, label.en].some((text) => text?.toLowerCase().includes(wanted))) return true;
  if (!/^[a-z]+$/.test(wanted) || !label.zh) return false;
  const syllables = codeName(label.zh).split("_");
  return syllables.join("").startsWith(wanted) || syllables.map((each) => each[0] ?? "").join("").startsWith(wanted);
}
