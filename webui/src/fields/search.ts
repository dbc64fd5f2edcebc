/** What a search for a text asks the server: any of the text fields contains it. */
import type { AppEntity } from "@/lib/wire";
import { textLiteral } from "./literals";

const SEARCHED = new Set(["text", "phone", "email", "sequence"]);

/** The paths in which a search looks: those of the view, else the title and the business key, else every text. */
export function searchedPaths(entity: AppEntity, paths: readonly string[]): readonly string[] {
  if (paths.length) return paths;
  const isText = (name: string) => {
    const field = entity.fields.find((each) => each.name === name);
    return field !== undefined && SEARCHED.has(field.type) && !field.masked;
  };
  const named = [entity.title, ...entity.business_key].filter((name, place, all) => name && all.indexOf(name) === place && isText(name));
  return named.length ? named : entity.fields.filter((field) => isText(field.name)).map((field) => field.name).slice(0, 4);
}

/** The text as it may stand: the server compares letter by letter. */
function spellings(text: string): string[] {
  const upper = text.toUpperCase();
  const lower = text.toLowerCase();
  const title = lower.replace(/(^|\s)\p{L}/gu, (letter) => letter.toUpperCase());
  return [...new Set([text, lower, upper, title])];
}

/** A formula that is true for records which contain the text; "" for no text. */
export function searchFormula(entity: AppEntity, paths: readonly string[], text: string): string {
  const wanted = text.trim();
  if (!wanted) return "";
  const searched = searchedPaths(entity, paths);
  return searched.flatMap((path) => spellings(wanted).map((each) => `CONTAINS(${path}, ${textLiteral(each)})`)).join(" OR ");
}
