/** The value of a checked formula in the browser: the same as the server's, or an error of the same kind. */
import type { AstNode, BinaryNode, CallNode, Kind } from "./ast";
import { plusDays } from "./dates";
import { add, divide, Exact, finish, multiply, negate, percent, power, subtract, whole } from "./exact";
import { FOLDS } from "./folds";
import { FUNCTIONS } from "./functions";
import type { Host } from "./host";
import { Day } from "./moments";
import { fail, FormulaError } from "./problem";
import { fromJson, get, isList, less, limited, same, toText } from "./values";
import type { Row, Value } from "./values";

const MAX_VISITS = 1_000_000;
const WHOLE_ROWS = new Set(["FIRST", "LAST", "FILTER"]);

/** Functions of their own form: which argument counts depends on the others. */
export const FORMS = ["IF", "IFS", "SWITCH", "COALESCE", "ISBLANK", "AND", "OR", "NOT"] as const;

/**
 * The value of a formula for an environment of names.
 *
 * host: what TODAY() and the like ask; null where nothing may be asked. Throws: FormulaError with its place.
 */
export function evaluate(root: AstNode, env: Row, host: Host | null = null): Value {
  const value = new Evaluation(env, host).run(root);
  if (!(value instanceof Exact)) return value;
  try {
    return finish(value);
  } catch (error) {
    throw placed(error, root);
  }
}

function placed(error: unknown, node: AstNode): unknown {
  if (error instanceof FormulaError) return error.located(...node.at);
  return error instanceof RangeError ? new FormulaError("number_too_long").located(...node.at) : error;
}

const blankOf = (kind: Kind): Value => (kind === "boolean" ? false : null);

class Evaluation {
  private readonly rows: Value[];
  private visits = MAX_VISITS;

  constructor(
    env: Row,
    private readonly host: Host | null,
  ) {
    this.rows = [env];
  }

  run(node: AstNode): Value {
    try {
      return this.value(node);
    } catch (error) {
      throw placed(error, node);
    }
  }

  private value(node: AstNode): Value {
    switch (node.node) {
      case "literal":
        return fromJson(node.value, node.type);
      case "name":
        return this.member(this.rows[node.level] ?? null, node.name, node.type);
      case "get":
        return this.member(this.run(node.of), node.name, node.type);
      case "unary":
        return this.unary(node.op, this.run(node.of));
      case "binary":
        return this.binary(node);
      case "logic":
        return node.items[node.op === "and" ? "every" : "some"]((each) => this.run(each) === true);
      case "call":
        return this.call(node);
    }
  }

  private member(of: Value, name: string, kind: Kind): Value {
    const value = name === "" ? of : get(of, name);
    return kind === "boolean" ? value === true : value;
  }

  private unary(op: string, value: Value): Value {
    if (op === "not") return value !== true;
    if (value === null || op === "+") return value;
    return op === "-" ? negate(numeric(value)) : percent(numeric(value));
  }

  private binary(node: BinaryNode): Value {
    const left = this.run(node.left);
    if (node.op === "&") return limited(toText(left) + toText(this.run(node.right)));
    if (node.op === "=") return same(left, this.run(node.right));
    if (node.op === "<>") return !same(left, this.run(node.right));
    const right = left === null ? null : this.run(node.right);
    switch (node.op) {
      case "<":
        return right !== null && less(left, right);
      case ">":
        return right !== null && less(right, left);
      case "<=":
        return right !== null && !less(right, left);
      case ">=":
        return right !== null && !less(left, right);
      default:
        return right === null ? null : calculated(node.op, left, right);
    }
  }

  private call(node: CallNode): Value {
    const [first] = node.args;
    switch (node.function) {
      case "IF":
      case "IFS":
        return this.cases(node, node.args, (condition) => this.run(condition) === true);
      case "SWITCH": {
        const value = first ? this.run(first) : null;
        return this.cases(node, node.args.slice(1), (each) => same(value, this.run(each)));
      }
      case "COALESCE":
        return this.coalesce(node);
      case "ISBLANK":
        return first ? this.run(first) === null : true;
    }
    if (node.level > 0 && first?.type === "list") return this.fold(node);
    return this.applied(node);
  }

  private cases(node: CallNode, cases: AstNode[], holds: (condition: AstNode) => boolean): Value {
    for (let place = 0; place + 1 < cases.length; place += 2) {
      const [condition, chosen] = [cases[place], cases[place + 1]];
      if (condition && chosen && holds(condition)) return this.run(chosen) ?? blankOf(node.type);
    }
    const otherwise = cases.length % 2 === 1 ? cases.at(-1) : undefined;
    return otherwise ? (this.run(otherwise) ?? blankOf(node.type)) : blankOf(node.type);
  }

  private coalesce(node: CallNode): Value {
    for (const each of node.args) {
      const value = this.run(each);
      if (value !== null) return value;
    }
    return null;
  }

  private applied(node: CallNode): Value {
    const definition = FUNCTIONS[node.function];
    if (!definition) return fail("not_offered");
    const values: Value[] = [];
    for (const each of node.args) {
      const value = this.run(each);
      if (value === null && !definition.takesBlanks) return blankOf(node.type);
      values.push(value);
    }
    return definition.body(values, this.host);
  }

  private fold(node: CallNode): Value {
    const [list, each, ...others] = node.args;
    const found = list ? this.run(list) : null;
    const rows = isList(found) ? found : [];
    const separator = others[0] ? this.run(others[0]) : null;
    if (node.level > 1 && each) {
      this.visits -= rows.length;
      if (this.visits < 0) fail("too_much_work");
    }
    if (!each) return ofRows(node.function, rows);
    if (WHOLE_ROWS.has(node.function)) return this.picked(node, each, rows);
    return FOLDS[node.function]?.(this.each(node, each, rows), separator) ?? null;
  }

  private *each(node: CallNode, value: AstNode, rows: readonly Value[]): Generator<Value> {
    for (const row of rows) {
      this.rows[node.level] = row;
      yield this.run(value);
    }
  }

  private picked(node: CallNode, value: AstNode, rows: readonly Value[]): Value {
    if (node.function !== "FILTER" && value.type !== "boolean") {
      const row = end(node.function, rows);
      if (row === null) return null;
      this.rows[node.level] = row;
      return this.run(value);
    }
    const ordered = node.function === "LAST" ? rows.toReversed() : rows;
    const holds = (row: Value): boolean => {
      this.rows[node.level] = row;
      return this.run(value) === true;
    };
    return node.function === "FILTER" ? ordered.filter(holds) : (ordered.find(holds) ?? null);
  }
}

function end(name: string, rows: readonly Value[]): Value {
  return (name === "FIRST" ? rows[0] : rows.at(-1)) ?? null;
}

/** A fold that asks nothing of each element. */
function ofRows(name: string, rows: readonly Value[]): Value {
  if (name === "COUNT") return whole(rows.length);
  return name === "ANY" ? rows.length > 0 : end(name, rows);
}

function numeric(value: Value): Exact {
  return value instanceof Exact ? value : fail("wrong_value");
}

function calculated(op: string, left: Value, right: Value): Value {
  if (left instanceof Day) {
    if (right instanceof Day) return whole(left.number - right.number);
    return plusDays(left, op === "+" ? numeric(right) : negate(numeric(right)));
  }
  const [a, b] = [numeric(left), numeric(right)];
  switch (op) {
    case "+":
      return add(a, b);
    case "-":
      return subtract(a, b);
    case "*":
      return multiply(a, b);
    case "/":
      return divide(a, b);
    default:
      return power(a, b);
  }
}
