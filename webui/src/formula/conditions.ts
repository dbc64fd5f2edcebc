/**
 * Conditions as sentences: a formula that says "this and that" or "this or that" about fields, taken apart and written
 * again. A formula that says more than that stays a formula: `toGroup` gives null for it.
 */
import type { AstNode, BinaryNode, CallNode, Kind, LiteralNode } from "./ast";

export type Operator =
  | "=" | "<>" | "<" | "<=" | ">" | ">="
  | "contains" | "not_contains" | "starts" | "ends"
  | "in" | "not_in" | "between" | "in_table" | "not_in_table"
  | "blank" | "filled" | "true" | "false";

/** One side of a comparison: a constant of a kind (value as on the wire), or any other formula. */
export type Operand = { sort: "constant"; kind: Kind; value: string } | { sort: "formula"; text: string };

/** left: formula text, mostly a path such as `item.category`. right: as many as the operator takes. */
export interface Condition {
  left: string;
  leftKind: Kind;
  operator: Operator;
  right: Operand[];
}

export interface Group {
  joined: "and" | "or";
  items: Condition[];
}

const FLIPPED: Partial<Record<Operator, Operator>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>" };
const NEGATED: Partial<Record<Operator, Operator>> = {
  "=": "<>", "<>": "=", contains: "not_contains", in: "not_in", in_table: "not_in_table", blank: "filled", true: "false",
};
const CALLS: Record<string, Operator> = {
  CONTAINS: "contains", STARTS: "starts", ENDS: "ends", IN: "in", BETWEEN: "between", IN_TABLE: "in_table",
  ISBLANK: "blank",
};

/** Which operators a value of that kind is offered, the commonest first. */
export function operatorsFor(kind: Kind): Operator[] {
  switch (kind) {
    case "boolean":
      return ["true", "false"];
    case "text":
      return ["=", "<>", "in", "not_in", "contains", "not_contains", "starts", "ends", "in_table", "not_in_table", "blank", "filled"];
    case "number":
    case "date":
    case "datetime":
    case "time":
      return ["=", "<>", ">", ">=", "<", "<=", "between", "in", "not_in", "blank", "filled"];
    case "record":
      return ["=", "<>", "blank", "filled"];
    default:
      return ["blank", "filled"];
  }
}

/** How many operands stand on the right: null means one or more. */
export function operandsOf(operator: Operator): number | null {
  if (["blank", "filled", "true", "false"].includes(operator)) return 0;
  if (operator === "between") return 2;
  return operator === "in" || operator === "not_in" ? null : 1;
}

/** The sentence that a checked formula says, or null when it says more than conditions of fields. */
export function toGroup(root: AstNode, text: string): Group | null {
  const isLogic = root.node === "logic";
  const items = (isLogic ? root.items : [root]).map((each) => toCondition(each, text));
  return items.some((each) => each === null)
    ? null
    : { joined: isLogic ? root.op : "and", items: items.filter((each) => each !== null) };
}

function toCondition(node: AstNode, text: string): Condition | null {
  switch (node.node) {
    case "name":
    case "get":
      return node.type === "boolean" ? condition(node, "true", [], text) : null;
    case "unary":
      return node.op === "not" ? negated(toCondition(node.of, text)) : null;
    case "binary":
      return comparison(node, text);
    case "call":
      return called(node, text);
    default:
      return null;
  }
}

function negated(found: Condition | null): Condition | null {
  const operator = found ? NEGATED[found.operator] : undefined;
  return found && operator ? { ...found, operator } : null;
}

function isPath(node: AstNode): boolean {
  return node.node === "name" ? node.name !== "" : node.node === "get" && isPath(node.of);
}

function comparison(node: BinaryNode, text: string): Condition | null {
  const operator = node.op as Operator;
  const flipped = FLIPPED[operator];
  if (!flipped) return null;
  if (!isPath(node.left) && isPath(node.right)) return condition(node.right, flipped, [node.left], text);
  if (isBlank(node.right)) return operator === "=" || operator === "<>" ? condition(node.left, operator === "=" ? "blank" : "filled", [], text) : null;
  return condition(node.left, operator, [node.right], text);
}

function called(node: CallNode, text: string): Condition | null {
  const operator = CALLS[node.function];
  const [left, ...right] = node.args;
  if (!operator || !left) return null;
  return condition(left, operator, operator === "in_table" ? right.slice(0, 1) : right, text);
}

function isBlank(node: AstNode): boolean {
  return node.node === "literal" && node.value === null;
}

function condition(left: AstNode, operator: Operator, right: AstNode[], text: string): Condition | null {
  if (left.node === "literal" || left.node === "logic") return null;
  return { left: spelled(left, text), leftKind: left.type, operator, right: right.map((each) => operand(each, text)) };
}

function operand(node: AstNode, text: string): Operand {
  const found = constant(node);
  return found ?? { sort: "formula", text: spelled(node, text) };
}

function constant(node: AstNode): Operand | null {
  if (node.node === "unary" && node.op === "-" && node.of.node === "literal" && node.of.type === "number") {
    return { sort: "constant", kind: "number", value: `-${String(node.of.value)}` };
  }
  if (node.node === "call" && node.function === "DATE" && node.args.length === 3) return writtenDate(node);
  return node.node === "literal" ? { sort: "constant", kind: node.type, value: shownLiteral(node) } : null;
}

function shownLiteral(node: LiteralNode): string {
  return node.value === null ? "" : String(node.value);
}

function writtenDate(node: CallNode): Operand | null {
  const parts = node.args.map((each) => (each.node === "literal" && typeof each.value === "string" ? each.value : null));
  const [year, month, day] = parts;
  if (!year || !month || !day) return null;
  const value = `${year.padStart(4, "0")}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return { sort: "constant", kind: "date", value };
}

function spelled(node: AstNode, text: string): string {
  // Positions are characters as people count them; a slice of code points keeps them right beyond the BMP.
  return Array.from(text).slice(...node.at).join("");
}

/** The formula that says the same as the sentence; "" for no conditions at all. */
export function toFormula(group: Group): string {
  return group.items.map(written).join(group.joined === "and" ? " AND " : " OR ");
}

function written({ left, operator, right }: Condition): string {
  const given = right.map(operandText).join(", ");
  switch (operator) {
    case "true":
      return left;
    case "false":
      return `NOT ${left}`;
    case "blank":
      return `ISBLANK(${left})`;
    case "filled":
      return `NOT ISBLANK(${left})`;
    case "contains":
    case "starts":
    case "ends":
    case "in":
    case "between":
    case "in_table":
      return `${operator.toUpperCase()}(${left}, ${given})`;
    case "not_contains":
    case "not_in":
    case "not_in_table":
      return `NOT ${operator.slice(4).toUpperCase()}(${left}, ${given})`;
    default:
      return `${left} ${operator} ${given}`;
  }
}

/** How an operand stands in a formula. */
export function operandText(operand: Operand): string {
  if (operand.sort === "formula") return operand.text;
  const { kind, value } = operand;
  if (value === "") return "BLANK";
  if (kind === "number") return value;
  if (kind === "boolean") return value === "true" ? "TRUE" : "FALSE";
  return `'${value.replaceAll("'", "''")}'`;
}
