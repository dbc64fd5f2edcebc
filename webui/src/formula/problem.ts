/** What can go wrong while a formula runs; the same words as the server's `kind`. */
export type ProblemKind =
  | "divide_by_zero"
  | "not_a_date"
  | "not_a_number"
  | "not_loaded"
  | "not_offered"
  | "not_whole"
  | "needs_rounding"
  | "number_too_long"
  | "out_of_range"
  | "pattern"
  | "text_too_long"
  | "too_much_work"
  | "unknown_zone"
  | "wrong_value";

/**
 * A formula failed at a place of its text.
 *
 * `start` and `end` are characters of the text, -1 until an evaluator has filled them in.
 */
export class FormulaError extends Error {
  readonly kind: ProblemKind;
  start = -1;
  end = -1;

  constructor(kind: ProblemKind) {
    super(kind);
    this.name = "FormulaError";
    this.kind = kind;
  }

  /** The same error, at those characters unless its place is known already. */
  located(start: number, end: number): this {
    if (this.start < 0) {
      this.start = start;
      this.end = end;
    }
    return this;
  }
}

/** Stops the evaluation. */
export function fail(kind: ProblemKind): never {
  throw new FormulaError(kind);
}
