import { tokenize } from "@/formula/tokens";
import { Token, type TokenKind } from "@/ui/Token";
import type { Slot } from "./formulaApi";
import { pathsOf, useLabels } from "./names";
import styles from "./FormulaWords.module.css";

/** A formula to be read: its fields as coloured tokens with their labels. */
export function FormulaWords({ text, slot }: { text: string; slot: Slot }) {
  const labels = useLabels(slot, text);
  const paths = pathsOf(text);
  const words: { text: string; kind: TokenKind | null }[] = [];
  let end = 0;
  for (const token of tokenize(text)) {
    if (token.start < end) continue;
    const path = paths.find((each) => each.start === token.start);
    if (path) {
      words.push({ text: labels(path.names) ?? path.names.join("."), kind: path.names.length > 1 ? "relation" : "field" });
      end = path.end;
      continue;
    }
    const kind = token.sort === "text" ? "literal" : token.sort === "number" ? "number" : null;
    words.push({ text: token.sort === "text" ? token.value : text.slice(token.start, token.end), kind });
  }
  return (
    <span className={styles.words}>
      {words.map((word, index) =>
        word.kind ? <Token key={index} kind={word.kind}>{word.text}</Token> : <span key={index} className="mono">{word.text}</span>,
      )}
    </span>
  );
}
