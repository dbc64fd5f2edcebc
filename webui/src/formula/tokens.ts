/** The words of a formula's text, for colouring it and for what an editor has to know. Never fails: it is typed in. */

export type Sort = "number" | "text" | "name" | "word" | "literal" | "operator" | "comment" | "unknown";

/** value: the name, the text without its quotes, the word or operator in its plain form. isCall: ( follows. */
export interface Token {
  sort: Sort;
  value: string;
  start: number;
  end: number;
  isCall: boolean;
}

const WIDE = new Map<string, string>();
for (let code = 0xff01; code < 0xff5f; code += 1) {
  const plain = String.fromCharCode(code - 0xfee0);
  if (!/[A-Za-z]/.test(plain)) WIDE.set(String.fromCharCode(code), plain);
}
for (const [wide, plain] of Object.entries({
  "　": " ", "、": ",", "。": ".", "×": "*", "÷": "/", "−": "-", "–": "-", "【": "[", "】": "]",
  "≠": "<>", "≤": "<=", "≥": ">=",
})) {
  WIDE.set(wide, plain);
}

const QUOTES: Record<string, string> = {
  "'": "'", '"': '"', "“": "”", "”": "”", "‘": "’", "’": "’", "＇": "＇", "＂": "＂", "「": "」",
};
const WORDS: Record<string, string> = { and: "and", or: "or", not: "not", 且: "and", 或: "or", 非: "not" };
const LITERALS: Record<string, string> = {
  true: "true", false: "false", blank: "blank", 真: "true", 假: "false", 空: "blank",
};
const SAME: Record<string, string> = { "!=": "<>", "==": "=", ";": "," };
const DOUBLE = new Set(["<>", "!=", "<=", ">=", "=="]);
const SINGLE = new Set("=<>+-*/^&%(),;.");
const NAME = /^[\p{L}_][\p{L}\p{N}\p{M}_]*/u;
const NUMBER = /^(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/;

function plain(char: string): string {
  return WIDE.get(char) ?? char;
}

/** Every word and sign of the text, in order; blanks between them are left out. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const found = next(text, at, tokens.at(-1));
    if (found.sort !== "blank") tokens.push({ ...found, sort: found.sort, start: at, isCall: isCall(text, found.end) });
    at = found.end;
  }
  return tokens;
}

interface Found {
  sort: Sort | "blank";
  value: string;
  end: number;
}

function next(text: string, at: number, last: Token | undefined): Found {
  const char = text[at] ?? "";
  const wide = plain(char);
  if (text.startsWith("/*", at)) return comment(text, at);
  if (/\s/.test(wide)) return { sort: "blank", value: char, end: at + 1 };
  if (QUOTES[char] !== undefined) return quoted(text, at, QUOTES[char]);
  if (wide === "[" || wide === "{") return bracketed(text, at, wide === "[" ? "]" : "}");
  const number = NUMBER.exec(Array.from(text.slice(at, at + 100), plain).join(""));
  if (number && !(wide === "." && endsOperand(last))) return { sort: "number", value: number[0], end: at + number[0].length };
  const name = NAME.exec(text.slice(at));
  return name ? word(text, at, name[0], last) : operator(text, at);
}

function comment(text: string, at: number): Found {
  const end = text.indexOf("*/", at + 2);
  return { sort: "comment", value: "", end: end < 0 ? text.length : end + 2 };
}

function quoted(text: string, start: number, close: string): Found {
  let at = start + 1;
  let value = "";
  for (;;) {
    const end = text.indexOf(close, at);
    if (end < 0) return { sort: "unknown", value: value + text.slice(at), end: text.length };
    value += text.slice(at, end);
    if (text[end + 1] !== close || "”’」".includes(close)) return { sort: "text", value, end: end + 1 };
    value += close;
    at = end + 2;
  }
}

function bracketed(text: string, start: number, close: string): Found {
  let end = start + 1;
  while (end < text.length && plain(text[end] ?? "") !== close) end += 1;
  const value = text.slice(start + 1, end).trim().normalize("NFC");
  return end < text.length && value
    ? { sort: "name", value, end: end + 1 }
    : { sort: "unknown", value, end: Math.min(end + 1, text.length) };
}

function word(text: string, at: number, whole: string, last: Token | undefined): Found {
  // 且 and 或 stand between names without blanks.
  const split = whole.search(/[且或]/);
  const spelled = split === 0 ? whole.slice(0, 1) : split > 0 ? whole.slice(0, split) : whole;
  const end = at + spelled.length;
  const low = spelled.normalize("NFC").toLowerCase();
  const isPath = last?.sort === "operator" && last.value === ".";
  const calls = isCall(text, end);
  const isFunction = calls && (low === "and" || low === "or") && !endsOperand(last);
  if (Object.hasOwn(WORDS, low) && !isPath && !isFunction) return { sort: "word", value: WORDS[low] ?? low, end };
  if (Object.hasOwn(LITERALS, low) && !isPath && !calls) return { sort: "literal", value: LITERALS[low] ?? low, end };
  return { sort: "name", value: spelled.normalize("NFC"), end };
}

function operator(text: string, at: number): Found {
  const first = plain(text[at] ?? "");
  const pair = first + plain(text[at + 1] ?? "");
  if (DOUBLE.has(first)) return { sort: "operator", value: SAME[first] ?? first, end: at + 1 };
  if (DOUBLE.has(pair)) return { sort: "operator", value: SAME[pair] ?? pair, end: at + 2 };
  if (SINGLE.has(first)) return { sort: "operator", value: SAME[first] ?? first, end: at + 1 };
  return { sort: "unknown", value: first, end: at + 1 };
}

function endsOperand(last: Token | undefined): boolean {
  if (!last) return false;
  return ["number", "text", "name", "literal"].includes(last.sort) || last.value === ")" || last.value === "%";
}

function isCall(text: string, at: number): boolean {
  return /^\s*[(（]/.test(text.slice(at, at + 20));
}
