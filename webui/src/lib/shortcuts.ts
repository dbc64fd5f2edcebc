/** Commands: one object for menu, key, toolbar and palette. What is mounted says what can be done now. */
import { useLayoutEffect, useSyncExternalStore } from "react";
import type { LucideIcon } from "lucide-react";
import { read, write } from "./memory";

export interface Command {
  /** Stable and unique, such as "list.new". */
  id: string;
  /** What it does, already in the person's language. */
  label: string;
  /** Heading under which `?` and the palette list it. */
  group: string;
  icon?: LucideIcon;
  /** "mod+k", "shift+/", "g h" (one after the other), or several ways: ["j", "down"]. */
  keys?: string | readonly string[];
  /** Left out: always. */
  can?: () => boolean;
  run: (event?: KeyboardEvent) => void;
  /** Not among the palette's commands: moving in a list and the like. */
  isQuiet?: boolean;
  /** Also while a text is being written; only for keys with mod, and Escape. */
  inInputs?: boolean;
}

type Layer = { commands: readonly Command[] };

let layers: Layer[] = [];
let snapshot: readonly Command[] = [];
let pending: { key: string; until: number } | null = null;
const listeners = new Set<() => void>();
const CHORD_MS = 1200;

function changed(): void {
  const seen = new Set<string>();
  // The layer that came last stands in front: a dialog's commands before those of the page below.
  snapshot = [...layers].reverse().flatMap((layer) =>
    layer.commands.filter((command) => !seen.has(command.id) && seen.add(command.id)),
  );
  listeners.forEach((listener) => listener());
}

/** Offer commands for as long as the component is there: not a key press longer, so this does not wait for the paint. */
export function useCommands(commands: readonly Command[]): void {
  useLayoutEffect(() => {
    const layer = { commands };
    layers = [...layers, layer];
    changed();
    return () => {
      layers = layers.filter((each) => each !== layer);
      changed();
    };
  }, [commands]);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Every command that there is now. */
export function useAllCommands(): readonly Command[] {
  return useSyncExternalStore(subscribe, () => snapshot);
}

export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** The parts of a key as they are shown: "mod+k" is Ctrl K, or ⌘ K. */
export function keyParts(keys: string): string[] {
  const names: Record<string, string> = {
    mod: isMac ? "⌘" : "Ctrl", shift: isMac ? "⇧" : "Shift", alt: isMac ? "⌥" : "Alt", enter: "↵", escape: "Esc",
    up: "↑", down: "↓", left: "←", right: "→", space: "Space", tab: "Tab", delete: "Del", backspace: "⌫",
  };
  const one = (part: string) => names[part] ?? part.toUpperCase();
  return keys.split(" ").flatMap((chord) => (chord === "?" ? ["?"] : chord.split("+").map(one)));
}

const NAMED: Record<string, string> = {
  " ": "space", arrowup: "up", arrowdown: "down", arrowleft: "left", arrowright: "right", esc: "escape",
};

/** A key press as commands name it. */
export function chordOf(event: KeyboardEvent): string {
  const raw = event.key.toLowerCase();
  const key = NAMED[raw] ?? raw;
  const isSymbol = key.length === 1 && !/[a-z0-9]/.test(key);
  const mod = isMac ? event.metaKey : event.ctrlKey;
  return [mod && "mod", event.altKey && "alt", event.shiftKey && !isSymbol && "shift", key].filter(Boolean).join("+");
}

/** Whether the person is writing, so that single letters belong to the text. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  if (target.getAttribute("role") === "combobox" || target.getAttribute("role") === "textbox") return true;
  return target.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test((target as HTMLInputElement).type);
}

/** Places that keep their keys to themselves: dialogs, menus, lists to choose from. */
const CLOSED = '[role="dialog"], [role="menu"], [role="listbox"], [role="tree"], [role="tablist"], [role="radiogroup"]';

/** Whether a plain key belongs to what has the focus: Enter presses a button, arrows walk a menu, Escape closes a list. */
function isKept(target: EventTarget | null, chord: string): boolean {
  if (!(target instanceof Element)) return false;
  if (chord === "enter" || chord === "space") {
    if (target.closest('button, a, summary, input, [role="button"], [role="checkbox"], [role="switch"], [role="tab"]')) return true;
  }
  if (chord === "escape" && target.closest('[aria-expanded="true"]')) return true;
  const closed = target.closest(CLOSED);
  return closed !== null && !(chord === "escape" && closed.getAttribute("role") === "tablist");
}

export function singleKeysAreOn(): boolean {
  return read("single_keys") !== "off";
}

export function setSingleKeys(on: boolean): void {
  write("single_keys", on ? null : "off");
}

const waysOf = (command: Command): readonly string[] =>
  command.keys === undefined ? [] : typeof command.keys === "string" ? [command.keys] : command.keys;

function fits(command: Command, chord: string, writing: boolean, target: EventTarget | null): boolean {
  if (!waysOf(command).includes(chord)) return false;
  const isPlain = !/^(mod|alt)\+/.test(chord);
  if (isPlain && isKept(target, chord)) return false;
  const isSingle = isPlain && chord !== "escape";
  if (writing && (isSingle || !command.inInputs)) return false;
  if (isSingle && /^[a-z?/](?: |$)/.test(chord) && !singleKeysAreOn()) return false;
  return command.can?.() ?? true;
}

/** Handle a key press: the first command that it fits runs. Nothing fires while an input method composes. */
export function handleKey(event: KeyboardEvent): void {
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  const chord = chordOf(event);
  const writing = isWriting(event.target);
  const now = performance.now();
  if (pending && pending.until > now) {
    const sequence = `${pending.key} ${chord}`;
    pending = null;
    const found = snapshot.find((command) => fits(command, sequence, writing, event.target));
    if (found) return fire(found, event);
  }
  const found = snapshot.find((command) => fits(command, chord, writing, event.target));
  if (found) return fire(found, event);
  const begins = snapshot.some((command) => waysOf(command).some((way) => way.startsWith(`${chord} `)));
  if (begins && !writing && singleKeysAreOn()) pending = { key: chord, until: now + CHORD_MS };
}

function fire(command: Command, event: KeyboardEvent): void {
  event.preventDefault();
  event.stopPropagation();
  command.run(event);
}
