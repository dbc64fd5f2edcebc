/** What cards and blocks of the picture are handed. */
import { createContext, useContext } from "react";
import type { Tone } from "@/ui/tone";
import type { Step } from "./flowModel";

/** How a step went in the run that is shown: its state in words, icon and colour are the page's matter. */
export interface Mark {
  state: string;
  tone: Tone;
  text: string;
  extra?: string;
}

export interface CanvasActs {
  select: (pointer: string) => void;
  /** Left out: the picture is only looked at. */
  edit?: {
    add: (block: string, at: number, kind: string) => void;
    addBranch: (pointer: string, key: string) => void;
    take: (pointer: string, block: string, at: number) => void;
    paste?: (block: string, at: number) => void;
  };
}

export interface CanvasState extends CanvasActs {
  selected: string;
  isWrong: (pointer: string) => boolean;
  markOf: (pointer: string, step: Step | null) => Mark | null;
}

export const CanvasContext = createContext<CanvasState | null>(null);

export function useCanvas(): CanvasState {
  const found = useContext(CanvasContext);
  if (!found) throw new Error("useCanvas outside of the canvas");
  return found;
}
