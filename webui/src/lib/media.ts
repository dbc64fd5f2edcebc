import { useSyncExternalStore } from "react";

/** Whether a media query holds, such as "(max-width: 767px)". */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}

export const usePhone = () => useMedia("(max-width: 767px)");
export const useNarrow = () => useMedia("(max-width: 1179px)");
export const useOverlaid = () => useMedia("(max-width: 1279px)");
