/**
 * Answers questions about formulas from standard input, a JSON object a line, only for comparing with the server:
 * {"ast", "env", "kinds", "host"} with {"value"} or {"error": kind, "at": [start, end]}; {"ast", "text"} with {"group",
 * "text"}, the sentence and the formula written from it; {"tokens": text} with {"tokens": [[sort, value, start, end]]}.
 */
import { createInterface } from "node:readline";

import type { AstNode, Kind } from "./ast";
import { toFormula, toGroup } from "./conditions";
import { evaluate } from "./evaluate";
import { Exact } from "./exact";
import type { Host } from "./host";
import { parseDay, parseInstant } from "./moments";
import { FormulaError } from "./problem";
import { tokenize } from "./tokens";
import { fromJson, toJson } from "./values";
import type { Row, Value } from "./values";

/** Names to kinds; a record or a list of records names the kinds of its members. */
interface Kinds {
  [name: string]: Kind | Kinds;
}

interface Case {
  ast: AstNode;
  env: Record<string, unknown>;
  kinds: Kinds;
  host?: { today: string; now: string; zone: string };
}

function valueOf(value: unknown, kind: Kind | Kinds): Value {
  if (Array.isArray(value)) return value.map((each) => valueOf(each, kind));
  if (typeof kind === "string") return fromJson(value, kind);
  return value === null || value === undefined ? null : rowOf(value as Record<string, unknown>, kind);
}

function rowOf(source: Record<string, unknown>, kinds: Kinds): Row {
  return Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, valueOf(source[name], kind)]));
}

function hostOf(given: Case["host"]): Host | null {
  const today = given && parseDay(given.today);
  const now = given && parseInstant(given.now, null);
  return given && today && now ? { today, now, zone: given.zone } : null;
}

type Question = Case | { ast: AstNode; text: string } | { tokens: string };

function answer(line: string): unknown {
  const question = JSON.parse(line) as Question;
  if ("tokens" in question) {
    return { tokens: tokenize(question.tokens).map(({ sort, value, start, end }) => [sort, value, start, end]) };
  }
  if ("text" in question) {
    const group = toGroup(question.ast, question.text);
    return { group, text: group && toFormula(group) };
  }
  return evaluated(question);
}

function evaluated({ ast, env, kinds, host }: Case): unknown {
  try {
    const value = evaluate(ast, rowOf(env, kinds), hostOf(host));
    return { value: value instanceof Exact && value.sort === "fraction" ? `${value.top}/${value.bottom}` : toJson(value) };
  } catch (error) {
    if (error instanceof FormulaError) return { error: error.kind, at: [error.start, error.end] };
    throw error;
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(answer(line))}\n`);
});
