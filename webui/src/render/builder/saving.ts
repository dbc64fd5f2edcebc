/** Saves documents of a draft one after the other, a moment after the last change; nothing that was typed is lost. */
import { ApiError, OfflineError, TimeoutError } from "@/lib/errors";
import { readJson, write, writeJson } from "@/lib/memory";
import type { Label } from "@/lib/wire";
import { draftApi, type Body, type Clash, type DraftDocument } from "./draftApi";

export type SaveState = "saved" | "waiting" | "saving" | "offline" | "failed" | "clash";

interface Pending {
  body: Body;
  label?: Label | string;
  gesture?: string;
}

export interface SaverEvents {
  onState: (state: SaveState) => void;
  onSaved: (document: DraftDocument) => void;
  onClash: (key: string, ours: Body, theirs: Body, clashes: Clash[]) => void;
  onError: (error: unknown) => void;
}

const PAUSE_MS = 800;
const AGAIN_MS = 4_000;

interface Moved {
  version: number;
  body: Body;
  clashes: Clash[];
}

/** One saver for each draft that is open. What could not be sent stays in this browser until it is. */
export class Saver {
  private readonly pending = new Map<string, Pending>();
  private readonly versions = new Map<string, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isBusy = false;

  constructor(
    readonly draft: number,
    private readonly events: SaverEvents,
  ) {}

  /** The version that this browser has read last. */
  read(document: DraftDocument): void {
    this.versions.set(document.key, document.version);
  }

  /** What is typed and not yet saved, also from before a reload. */
  unsaved(key: string): Body | null {
    return this.pending.get(key)?.body ?? readJson<Body | null>(this.memory(key), null);
  }

  change(key: string, body: Body, label?: Label | string, gesture?: string): void {
    const known = this.pending.get(key);
    this.pending.set(key, { body, label: known?.label ?? label, gesture: gesture ?? known?.gesture });
    writeJson(this.memory(key), body);
    this.events.onState("waiting");
    // A step with a name of its own ends what was typed before it.
    this.plan(gesture ? PAUSE_MS : 0);
  }

  /** Save now what waits; resolves when all of it is saved or has failed. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    while (this.isBusy) await new Promise((resolve) => setTimeout(resolve, 30));
    for (const key of [...this.pending.keys()]) if (!(await this.send(key))) return false;
    return true;
  }

  /** Take what is there now instead of ours. */
  forget(key: string): void {
    this.pending.delete(key);
    write(this.memory(key), null);
    this.events.onState(this.pending.size ? "waiting" : "saved");
  }

  /** Save ours over what somebody else has saved. */
  insist(key: string, version: number): void {
    this.versions.set(key, version);
    this.plan(0);
  }

  get isClean(): boolean {
    return this.pending.size === 0 && !this.isBusy;
  }

  private plan(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  private memory(key: string): string {
    return `draft.${this.draft}.${key}`;
  }

  private async send(key: string, isMerging = false): Promise<boolean> {
    const waiting = this.pending.get(key);
    if (!waiting) return true;
    this.isBusy = true;
    this.events.onState("saving");
    try {
      const version = this.versions.get(key) ?? 0;
      const saved = await draftApi.put(this.draft, key, { ...waiting, version, ...(isMerging && { is_merging: true }) });
      this.versions.set(key, saved.version);
      if (this.pending.get(key) === waiting) this.forget(key);
      this.events.onSaved(saved);
      return true;
    } catch (error) {
      return await this.refused(key, waiting, error, isMerging);
    } finally {
      this.isBusy = false;
    }
  }

  private async refused(key: string, waiting: Pending, error: unknown, isMerging: boolean): Promise<boolean> {
    const moved = error instanceof ApiError && error.code === "draft_moved" ? movedOf(error) : null;
    if (moved && moved.clashes.length === 0 && !isMerging) return this.send(key, true);
    if (moved) {
      this.events.onState("clash");
      this.events.onClash(key, waiting.body, moved.body, moved.clashes);
      this.versions.set(key, moved.version);
    } else if (error instanceof OfflineError || error instanceof TimeoutError) {
      this.events.onState("offline");
      this.plan(AGAIN_MS);
    } else {
      this.events.onState("failed");
      this.events.onError(error);
    }
    return false;
  }
}

function movedOf(error: ApiError): Moved | null {
  const params = error.problems[0]?.params as Partial<Moved> | undefined;
  if (!params?.body || params.version === undefined) return null;
  return { version: params.version, body: params.body, clashes: params.clashes ?? [] };
}
