/** Toasts: only for what happened elsewhere or can be undone. Errors are never only in a toast. */

export interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 6_000;
const MOST = 3;

let shown: readonly Toast[] = [];
let last = 0;
const timers = new Map<number, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  shown = next;
  listeners.forEach((listener) => listener());
}

function close(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  set(shown.filter((toast) => toast.id !== id));
}

function wait(id: number, ms: number): void {
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => close(id), ms));
}

export const toasts = {
  current: () => shown,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Say something; ms: longer than six seconds where it can be undone for longer. */
  show(text: string, action?: Toast["action"], ms = SHOWN_MS): number {
    last += 1;
    set([...shown, { id: last, text, action }].slice(-MOST));
    wait(last, ms);
    return last;
  },
  close,
  hold: (id: number) => clearTimeout(timers.get(id)),
  release: (id: number) => wait(id, SHOWN_MS / 2),
};
