/** Conditions as they are typed: "paid > 500 and category = new" is taken apart by the labels of what is offered; pure. */
import { operandsOf, operatorsFor, type Condition, type Operand, type Operator } from "@/formula/conditions";
import type { Kind } from "@/formula";
import type { NameMember } from "../formula/formulaApi";
import { matchesName } from "../formula/matching";

/** What one part of the text says; operator null: only a field was found so far. */
export interface Phrase {
  member: NameMember;
  operator: Operator | null;
  /** The values as they were typed. */
  values: string[];
}

/** A sign or word for an operator. */
export type OperatorWord = readonly [word: string, operator: Operator];

const SIGNS: readonly OperatorWord[] = [
  [">=", ">="], ["<=", "<="], ["<>", "<>"], ["!=", "<>"], ["≥", ">="], ["≤", "<="], ["≠", "<>"], ["＞", ">"], ["＜", "<"], ["＝", "="],
  [">", ">"], ["<", "<"], ["=", "="],
];
const JOINED = /\s*(?:且|并且|，|,|&&|\band\b)\s*/i;

/** All parts of the text, or null when one of them is no whole condition. */
export function readPhrases(text: string, members: readonly NameMember[], words: readonly OperatorWord[]): Phrase[] | null {
  const parts = text.split(JOINED).filter((each) => each.trim() !== "");
  const found = parts.map((each) => readPhrase(each, members, words));
  return found.length > 0 && found.every((each) => each !== null && each.operator !== null) ? (found as Phrase[]) : null;
}

/** One part: a field, an operator that its kind has, and values; the exact name of a field wins over a similar one. */
export function readPhrase(text: string, members: readonly NameMember[], words: readonly OperatorWord[]): Phrase | null {
  const splits = splitsOf(text.trim(), [...SIGNS, ...words]);
  for (const isExact of [true, false]) {
    for (const { left, operator, right } of splits) {
      const member = members.find((each) => (isExact ? isNamed(each, left) : matchesName(each, left)) && operatorsFor(each.type.kind as Kind).includes(operator));
      const values = member && valuesOf(right, operator, member.type.kind);
      if (member && values) return { member, operator, values };
    }
  }
  const member = members.find((each) => isNamed(each, text)) ?? members.find((each) => matchesName(each, text.trim()));
  return member ? { member, operator: null, values: [] } : null;
}

/** Every way to read the text as left, operator, right; earlier and longer operators first. */
function splitsOf(text: string, words: readonly OperatorWord[]) {
  const lower = text.toLowerCase();
  const found = words.flatMap(([word, operator]) => {
    const at = lower.indexOf(word.toLowerCase(), 1);
    const left = text.slice(0, at).trim();
    return at > 0 && left ? [{ left, operator, right: text.slice(at + word.length).trim(), at, size: word.length }] : [];
  });
  return found.sort((one, other) => one.at - other.at || other.size - one.size);
}

function isNamed(member: NameMember, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [member.name, member.label.zh, member.label.en].some((each) => each?.toLowerCase() === wanted);
}

function valuesOf(text: string, operator: Operator, kind: string): string[] | null {
  const takes = operandsOf(operator);
  if (takes === 0) return text === "" ? [] : null;
  const parts = takes === 1 ? [text] : text.split(/[、/~～至]|\bto\b|\bor\b/i).map((each) => each.trim());
  const plain = parts.map((each) => each.replace(/^(['"“‘])(.*)(['"”’])$/, "$2"));
  if (plain.some((each) => each === "") || (takes !== null && plain.length !== takes)) return null;
  return kind === "number" && !plain.every((each) => /^-?\d+(\.\d+)?$/.test(each)) ? null : plain;
}

/** The condition that a whole phrase says; options are meant by their labels. */
export function conditionOf(phrase: Phrase, options: readonly { value: string; label: string }[]): Condition {
  const leftKind = phrase.member.type.kind as Kind;
  const meant = (text: string) => options.find((each) => each.label.toLowerCase() === text.toLowerCase())?.value ?? text;
  const right = phrase.values.map<Operand>((each) => ({ sort: "constant", kind: leftKind, value: meant(each) }));
  return { left: phrase.member.name, leftKind, operator: phrase.operator ?? "filled", right };
}

/** Whether nothing of the condition is still to be chosen. */
export function isWhole({ operator, right }: Condition): boolean {
  const takes = operandsOf(operator);
  const isSaid = right.every((each) => (each.sort === "constant" ? each.value : each.text).trim() !== "");
  return isSaid && (takes === null ? right.length > 0 : right.length === takes);
}

/** The operands that another operator can keep. */
export function fitting(right: readonly Operand[], operator: Operator, kind: Kind): Operand[] {
  const takes = operandsOf(operator);
  const empty: Operand = { sort: "constant", kind, value: "" };
  return Array.from({ length: takes ?? Math.max(1, right.length) }, (_, place) => right[place] ?? empty);
}
