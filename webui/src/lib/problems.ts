/** What to say about an error, in the person's language. */
import i18next from "i18next";
import { ApiError, fieldOf, OfflineError, TimeoutError } from "./errors";
import { currentLanguage } from "./i18n";
import type { ProblemPart } from "./wire";

type Told = Pick<ProblemPart, "code" | "message" | "params">;

/** A problem's text by its code, else as the server wrote it. */
export function problemText(problem: Told): string {
  const key = `errors.${problem.code}`;
  if (i18next.exists(key)) return String(i18next.t(key as never, (problem.params ?? {}) as never));
  return problem.message;
}

/** A sentence for any error. */
export function errorText(error: unknown): string {
  if (error instanceof OfflineError) return i18next.t("errors.offline");
  if (error instanceof TimeoutError) return i18next.t("errors.timeout");
  if (error instanceof ApiError) {
    const [only] = error.problems;
    if (error.problems.length === 1 && only) return problemText(only);
    return problemText({ code: error.code, message: error.detail });
  }
  return i18next.t("errors.unexpected");
}

/** The problems of an error by the field that they are about; "" for those of the whole. */
export function problemsByField(error: unknown): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  if (!(error instanceof ApiError)) return found;
  for (const problem of error.problems) {
    (found[fieldOf(problem.pointer)] ??= []).push(problemText(problem));
  }
  return found;
}

/** A list of words as people write it: a, b and c. */
export function listText(words: readonly string[]): string {
  return new Intl.ListFormat(currentLanguage(), { type: "conjunction", style: "short" }).format(words);
}
