/** The nonce of this page: style elements that are made while it runs must carry it. */
export function pageNonce(): string {
  return document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
}

/**
 * Let every style element that our own libraries make carry the nonce, also those of libraries that cannot be told.
 * It opens nothing: whoever can run a script here could read the nonce anyway, and markup still cannot bring styles.
 */
export function carryNonce(): void {
  const nonce = pageNonce();
  if (!nonce) return;
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
}
