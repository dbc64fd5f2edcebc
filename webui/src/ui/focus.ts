import type { InputRef } from "antd";

const FRAMES = 300;

/** Give the focus to what has just come, as soon as it can take it: popups are laid out some frames after they are made. */
export function focusWhenShown(element: HTMLElement | null): void {
  let left = FRAMES;
  const before = document.activeElement;
  const ask = () => {
    const now = document.activeElement;
    // Who has gone somewhere else meanwhile stays there.
    if (!element?.isConnected || left <= 0 || (now !== before && now !== document.body)) return;
    element.focus({ preventScroll: true });
    left -= 1;
    if (document.activeElement !== element) requestAnimationFrame(ask);
  };
  ask();
}

/** The same as the ref of an antd input. */
export function focusInput(input: InputRef | null): void {
  focusWhenShown(input?.input ?? null);
}
