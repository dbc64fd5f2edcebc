/**
 * Text patterns that cannot run away: a small grammar, matched in time linear in the text.
 *
 * Literals, `.`, classes [a-z] [^a-z], \d \w \s (ASCII), groups ( ), alternatives |, and ? * + {m} {m,} {m,n}. The
 * pattern means the whole text. One whose backtracking is bounded is handed to RegExp; any other is run as an automaton.
 */
import { fail } from "./problem";
import { lengthOf } from "./values";

const MAX_PATTERN = 500;
const MAX_STATES = 1000;
const MAX_CHOICES = 20_000;
const MAX_DEPTH = 20;
const ENDLESS = 10_000;
const CEILING = ENDLESS ** 2;
const CLASSES: Record<string, string> = { d: "0-9", w: "A-Za-z0-9_", s: " \\t\\r\\n" };
const SPECIAL = new Set("\\^$.|?*+()[]{}");

type Repeat = { sort: "repeat"; item: Part; low: number; high: number | null };

type Part =
  | { sort: "char"; source: string }
  | { sort: "sequence"; items: Part[] }
  | { sort: "choice"; items: Part[] }
  | Repeat;

type Test = (text: string) => boolean;

const compiled = new Map<string, Test>();

/** A test of the whole text; stops the evaluation when the pattern is none. */
export function compilePattern(pattern: string): Test {
  const known = compiled.get(pattern);
  if (known) return known;
  const made = compile(pattern);
  if (compiled.size > 500) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

function compile(pattern: string): Test {
  const part = new Reader(pattern).read();
  if (choices(part) > MAX_CHOICES) return automaton(part);
  const whole = new RegExp(`^(?:${source(part)})$`, "su");
  return (text) => whole.test(text);
}

function escaped(char: string): string {
  return /[A-Za-z0-9]/.test(char) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

class Reader {
  private readonly chars: string[];
  private at = 0;
  private depth = 0;

  constructor(pattern: string) {
    if (lengthOf(pattern) > MAX_PATTERN) fail("pattern");
    this.chars = Array.from(pattern);
  }

  read(): Part {
    const part = this.choice();
    if (this.at < this.chars.length) fail("pattern");
    return part;
  }

  private peek(ahead = 0): string {
    return this.chars[this.at + ahead] ?? "";
  }

  private take(): string {
    const char = this.peek();
    this.at += 1;
    return char;
  }

  private choice(): Part {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) fail("pattern");
    const items = [this.sequence()];
    while (this.peek() === "|") {
      this.at += 1;
      items.push(this.sequence());
    }
    this.depth -= 1;
    return items.length === 1 && items[0] ? items[0] : { sort: "choice", items };
  }

  private sequence(): Part {
    const items: Part[] = [];
    while (!["", "|", ")"].includes(this.peek())) items.push(this.repeated(this.atom()));
    return { sort: "sequence", items };
  }

  private repeated(item: Part): Part {
    const mark = this.peek();
    let part: Repeat;
    if (mark === "?" || mark === "*" || mark === "+") {
      this.at += 1;
      part = { sort: "repeat", item, low: mark === "+" ? 1 : 0, high: mark === "?" ? 1 : null };
    } else if (mark === "{") {
      part = this.counted(item);
    } else {
      return item;
    }
    if (["?", "*", "+", "{"].includes(this.peek())) fail("pattern");
    if (part.high !== null && part.high < part.low) fail("pattern");
    return part;
  }

  private counted(item: Part): Repeat {
    const found = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(this.chars.slice(this.at, this.at + 9).join(""));
    if (found === null) return fail("pattern");
    this.at += found[0].length;
    const low = Number(found[1]);
    return { sort: "repeat", item, low, high: found[2] === undefined ? low : found[3] ? Number(found[3]) : null };
  }

  private atom(): Part {
    const char = this.take();
    if (char === "(") {
      const part = this.choice();
      if (this.take() !== ")") fail("pattern");
      return part;
    }
    if (char === "[") return this.charClass();
    if (char === ".") return { sort: "char", source: "." };
    if (char === "\\") return this.escape();
    if (SPECIAL.has(char)) fail("pattern");
    return { sort: "char", source: escaped(char) };
  }

  private escape(): Part {
    const char = this.take();
    const named = CLASSES[char];
    if (named !== undefined) return { sort: "char", source: `[${named}]` };
    if (SPECIAL.has(char) || char === "-" || char === "/") return { sort: "char", source: escaped(char) };
    return fail("pattern");
  }

  private charClass(): Part {
    const isNegated = this.peek() === "^";
    if (isNegated) this.at += 1;
    const parts: string[] = [];
    while (this.peek() !== "]") parts.push(this.range());
    this.at += 1;
    if (parts.length === 0) fail("pattern");
    return { sort: "char", source: `[${isNegated ? "^" : ""}${parts.join("")}]` };
  }

  private range(): string {
    const [first, isNamed] = this.classChar();
    if (isNamed) return first;
    if (this.peek() !== "-" || ["]", ""].includes(this.peek(1))) return escaped(first);
    this.at += 1;
    const [last, isNamedLast] = this.classChar();
    if (isNamedLast || (last.codePointAt(0) ?? 0) < (first.codePointAt(0) ?? 0)) fail("pattern");
    return `${escaped(first)}-${escaped(last)}`;
  }

  private classChar(): [string, boolean] {
    let char = this.take();
    if (char === "\\") {
      char = this.take();
      const named = CLASSES[char];
      if (named !== undefined) return [named, true];
    }
    if (char === "" || char === "[") fail("pattern");
    return [char, false];
  }
}

/** An upper bound of the ways in which a backtracking matcher can try the pattern. */
function choices(part: Part): number {
  switch (part.sort) {
    case "char":
      return 1;
    case "sequence":
      return part.items.reduce((total, each) => Math.min(total * choices(each), CEILING), 1);
    case "choice":
      return Math.min(part.items.reduce((total, each) => total + choices(each), 0), CEILING);
    case "repeat": {
      const inner = choices(part.item);
      const times = (part.high ?? ENDLESS) - part.low + 1;
      if (inner === 1) return times;
      return (part.high || ENDLESS) > 4 ? CEILING : Math.min(times * inner ** (part.high || 1), CEILING);
    }
  }
}

function source(part: Part): string {
  switch (part.sort) {
    case "char":
      return part.source;
    case "sequence":
      return part.items.map(source).join("");
    case "choice":
      return `(?:${part.items.map(source).join("|")})`;
    case "repeat":
      return `(?:${source(part.item)}){${part.low},${part.high ?? ""}}`;
  }
}

interface State {
  test: RegExp | null;
  next: number;
  free: number[];
}

/** A nondeterministic automaton: the set of its states goes over the text once. */
function automaton(root: Part): Test {
  const states: State[] = [];
  const fresh = (): number => {
    if (states.length >= MAX_STATES) fail("pattern");
    return states.push({ test: null, next: -1, free: [] }) - 1;
  };
  const link = (from: number, to: number): void => {
    states[from]?.free.push(to);
  };
  const repeat = (part: Repeat, begin: number): number => {
    let start = begin;
    for (let time = 0; time < part.low; time += 1) start = put(part.item, start);
    const end = fresh();
    if (part.high === null) {
      const loop = fresh();
      link(start, loop);
      const inner = fresh();
      link(loop, inner);
      link(loop, end);
      link(put(part.item, inner), loop);
      return end;
    }
    for (let time = part.low; time < part.high; time += 1) {
      link(start, end);
      const inner = fresh();
      link(start, inner);
      start = put(part.item, inner);
    }
    link(start, end);
    return end;
  };
  const put = (part: Part, start: number): number => {
    if (part.sort === "repeat") return repeat(part, start);
    if (part.sort === "sequence") return part.items.reduce((at, each) => put(each, at), start);
    const end = fresh();
    if (part.sort === "choice") {
      for (const each of part.items) {
        const begin = fresh();
        link(start, begin);
        link(put(each, begin), end);
      }
      return end;
    }
    const state = states[start];
    if (state) [state.test, state.next] = [new RegExp(`^${part.source}$`, "su"), end];
    const after = fresh();
    link(end, after);
    return after;
  };
  const first = fresh();
  const last = put(root, first);
  const closed = (found: Set<number>): Set<number> => {
    for (const each of found) for (const next of states[each]?.free ?? []) found.add(next);
    return found;
  };
  const begin = closed(new Set([first]));
  return (text) => {
    let here = begin;
    for (const char of text) {
      const next = new Set<number>();
      for (const each of here) {
        const state = states[each];
        if (state?.test?.test(char)) next.add(state.next);
      }
      here = closed(next);
      if (here.size === 0) return false;
    }
    return here.has(last);
  };
}
