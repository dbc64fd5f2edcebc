/** Addresses of builders: each document has one, by its kind and key. */

/** pointer: a place inside, to be shown. */
export function builderAddress(app: string, kind: string, key: string, draft?: number, pointer = ""): string {
  const query = new URLSearchParams();
  if (draft !== undefined) query.set("draft", String(draft));
  if (pointer) query.set("at", pointer);
  const text = query.toString();
  return `/b/${app}/${kind}/${encodeURIComponent(key)}${text ? `?${text}` : ""}`;
}

/** The document as its JSON text, for what its designer has no control for. */
export function jsonAddress(app: string, kind: string, key: string, draft?: number): string {
  return builderAddress(app, `json/${kind}`, key, draft);
}
