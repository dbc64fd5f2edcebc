/** Formulas in the browser: `evaluate` gives the value of a tree that the server has checked. */
export type { AstNode, Kind } from "./ast";
export { evaluate } from "./evaluate";
export { Exact, fromWire, plain } from "./exact";
export type { Host } from "./host";
export { Day, Instant, parseDay, parseInstant, TimeOfDay } from "./moments";
export { FormulaError } from "./problem";
export type { ProblemKind } from "./problem";
export { fromJson, isList, isRow, toJson, toText } from "./values";
export type { Row, Value } from "./values";
