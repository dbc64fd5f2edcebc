import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { type Token as Word, tokenize } from "@/formula/tokens";
import { labelText } from "@/lib/i18n";
import { fieldAt, useOffer } from "@/lib/offer";
import { pathsOf } from "@/render/formula/names";
import { Token, type TokenKind } from "@/ui/Token";
import styles from "./People.module.css";

interface Piece {
  text: string;
  kind: TokenKind | null;
}

const OPERATORS: Record<string, "people.op_and" | "people.op_or" | "people.op_not" | "people.op_is" | "people.op_is_not"> = {
  AND: "people.op_and", OR: "people.op_or", NOT: "people.op_not", "=": "people.op_is", "<>": "people.op_is_not",
};

/** Whether a user's own attribute is asked for here: USER ( 'store' ). */
const isOwn = (words: readonly Word[], at: number): boolean =>
  words[at]?.value.toUpperCase() === "USER" && words[at + 1]?.value === "(" && words[at + 2]?.sort === "text" && words[at + 3]?.value === ")";

/** A condition on records as a sentence: fields by their labels, USER('store') as one's own store. */
export function ConditionWords({ text, entity }: { text: string; entity: string }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const words = tokenize(text);
  const paths = pathsOf(text);
  const labelOf = (names: readonly string[]) =>
    names.map((name, index) => labelText(fieldAt(offer, offer.entity(entity), names.slice(0, index + 1).join("."))?.label) || name).join(" · ");
  const pieces: Piece[] = [];
  let end = 0;
  words.forEach((word, index) => {
    if (word.start < end) return;
    if (isOwn(words, index)) {
      pieces.push({ text: t("people.own", { name: words[index + 2]!.value }), kind: "literal" });
      end = words[index + 3]!.end;
      return;
    }
    const path = paths.find((each) => each.start === word.start);
    if (path) {
      pieces.push({ text: labelOf(path.names), kind: path.names.length > 1 ? "relation" : "field" });
      end = path.end;
      return;
    }
    const operator = OPERATORS[word.value.toUpperCase()];
    if (operator && word.sort !== "text") pieces.push({ text: t(operator), kind: null });
    else pieces.push({ text: word.value, kind: word.sort === "text" ? "literal" : word.sort === "number" ? "number" : null });
  });
  return (
    <span className={styles.words} title={text}>
      {pieces.map((piece, index) => (
        <Fragment key={index}>{piece.kind ? <Token kind={piece.kind}>{piece.text}</Token> : <span>{piece.text}</span>}</Fragment>
      ))}
    </span>
  );
}
