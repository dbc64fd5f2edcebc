/** The checked syntax tree of a formula, as the server hands it out. */

export type Kind =
  | "blank" | "boolean" | "date" | "datetime" | "json" | "list" | "number" | "record" | "text" | "time";

interface Place {
  /** First character in the text and the one after the last. */
  at: [number, number];
  type: Kind;
}

export interface LiteralNode extends Place {
  node: "literal";
  value: string | boolean | null;
}

/** level 0 is the environment, n the element of the n-th fold around it; name "" is the element itself. */
export interface NameNode extends Place {
  node: "name";
  name: string;
  level: number;
}

export interface GetNode extends Place {
  node: "get";
  of: AstNode;
  name: string;
}

export interface UnaryNode extends Place {
  node: "unary";
  op: "-" | "+" | "not" | "%";
  of: AstNode;
}

export interface BinaryNode extends Place {
  node: "binary";
  op: "+" | "-" | "*" | "/" | "^" | "&" | "=" | "<>" | "<" | "<=" | ">" | ">=";
  left: AstNode;
  right: AstNode;
}

export interface LogicNode extends Place {
  node: "logic";
  op: "and" | "or";
  items: AstNode[];
}

/** level: of the elements that a fold goes over, 0 when it goes over none. */
export interface CallNode extends Place {
  node: "call";
  function: string;
  args: AstNode[];
  level: number;
}

export type AstNode = LiteralNode | NameNode | GetNode | UnaryNode | BinaryNode | LogicNode | CallNode;
