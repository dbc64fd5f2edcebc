import type { ReactNode } from "react";
import styles from "./Sentence.module.css";
import { Token, type TokenKind } from "./Token";

/** A word of a sentence: plain text, or a token. */
export type Word = string | { kind: TokenKind; text: ReactNode; onClick?: () => void; label?: string };

/** A condition, rollup or conflict said as a sentence. */
export function Sentence({ words, children }: { words?: readonly Word[]; children?: ReactNode }) {
  return (
    <p className={styles.sentence}>
      {words?.map((word, index) =>
        typeof word === "string" ? (
          <span key={index}>{word}</span>
        ) : (
          <Token key={index} kind={word.kind} onClick={word.onClick} label={word.label}>{word.text}</Token>
        ),
      )}
      {children}
    </p>
  );
}
