import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { waited } from "@/lib/formats";

/** The time now, anew after so many milliseconds. */
export function useNow(every: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

/** A span in its largest unit: "2 h". */
export function spanText(t: TFunction, from: string, to: number): string {
  const [count, unit] = waited(from, to);
  return t(`approvals.${unit}`, { count });
}

/** Whole seconds until an instant; 0 when it has passed. */
export const secondsUntil = (instant: string | null | undefined, now: number): number =>
  instant ? Math.max(0, Math.ceil((Date.parse(instant) - now) / 1000)) : 0;
