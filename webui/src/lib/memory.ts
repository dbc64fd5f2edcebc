/** What this browser remembers for its person. Without storage (a private window) it forgets, and nothing breaks. */

const PREFIX = "tessera.";

export function read(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function write(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Full or forbidden: it is a convenience only.
  }
}

export function readJson<T>(name: string, otherwise: T): T {
  const text = read(name);
  if (text === null) return otherwise;
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}

export function writeJson(name: string, value: unknown): void {
  write(name, JSON.stringify(value));
}
