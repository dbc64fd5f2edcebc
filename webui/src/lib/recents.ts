/** What was opened last, in this browser. */
import { readJson, writeJson } from "./memory";

export interface Recent {
  /** Address of the page. */
  to: string;
  title: string;
  /** What it is, such as the label of its entity. */
  kind: string;
  identity: string;
}

const MOST = 12;

export function recents(): readonly Recent[] {
  const kept = readJson<Recent[]>("recents", []);
  return Array.isArray(kept) ? kept : [];
}

export function noteRecent(recent: Recent): void {
  writeJson("recents", [recent, ...recents().filter((each) => each.to !== recent.to)].slice(0, MOST));
}

export function forgetRecents(): void {
  writeJson("recents", []);
}
