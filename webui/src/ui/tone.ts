/** The six stones and the neutral one. */
export type Tone = "pri" | "ok" | "warn" | "err" | "vio" | "teal" | "neu";

const HUES: readonly Tone[] = ["pri", "ok", "warn", "vio", "teal"];

/** A stone for an identity; it never changes, since it comes from the identity alone. */
export function toneOf(identity: string | number): Tone {
  let hash = 2166136261;
  for (const letter of String(identity)) hash = Math.imul(hash ^ letter.codePointAt(0)!, 16777619) >>> 0;
  return HUES[hash % HUES.length]!;
}
