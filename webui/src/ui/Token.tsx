import type { ReactNode } from "react";
import { cx } from "./cx";
import styles from "./Token.module.css";
import tones from "./tones.module.css";

/** What a token stands for in a sentence. */
export type TokenKind = "field" | "literal" | "relation" | "operator" | "number";

const TONES = { field: "pri", literal: "teal", relation: "vio", operator: "neu", number: "warn" } as const;

/** A coloured word of a sentence or formula. With onClick it is editable in place. */
export function Token({ kind, children, onClick, label }: {
  kind: TokenKind;
  children: ReactNode;
  onClick?: () => void;
  label?: string;
}) {
  const name = cx(styles.token, tones[TONES[kind]]);
  if (!onClick) return <span className={name}>{children}</span>;
  return <button type="button" className={name} onClick={onClick} aria-label={label}>{children}</button>;
}
