/** Ways to compare in a filter, each as a formula of the server's language. */

export interface Operator {
  /** Its text is the message `operator.<id>`. */
  id:
    | "eq" | "ne" | "in" | "contains" | "starts" | "gt" | "ge" | "lt" | "le" | "blank" | "filled" | "before" | "after"
    | "on" | "between" | "last" | "yes" | "no" | "has";
  /** How many values it takes: "many" one or more, "days" a number of days. */
  takes: 0 | 1 | 2 | "many" | "days";
  /** path: what is compared; values: literals of the formula language. */
  formula: (path: string, values: readonly string[]) => string;
}

const make = (id: Operator["id"], takes: Operator["takes"], formula: Operator["formula"]): Operator => ({ id, takes, formula });

export const blank = make("blank", 0, (path) => `ISBLANK(${path})`);
export const filled = make("filled", 0, (path) => `NOT ISBLANK(${path})`);
const eq = make("eq", 1, (path, [value]) => `${path} = ${value}`);
const ne = make("ne", 1, (path, [value]) => `${path} <> ${value}`);
const gt = make("gt", 1, (path, [value]) => `${path} > ${value}`);
const ge = make("ge", 1, (path, [value]) => `${path} >= ${value}`);
const lt = make("lt", 1, (path, [value]) => `${path} < ${value}`);
const le = make("le", 1, (path, [value]) => `${path} <= ${value}`);
const between = make("between", 2, (path, [from, to]) => `${path} >= ${from} AND ${path} <= ${to}`);
const isIn = make("in", "many", (path, values) =>
  values.length === 1 ? `${path} = ${values[0]}` : `IN(${path}, ${values.join(", ")})`,
);
const notIn = make("ne", "many", (path, values) => values.map((value) => `${path} <> ${value}`).join(" AND "));
const has = make("has", "many", (path, values) => values.map((value) => `IN(${value}, ${path})`).join(" OR "));
const hasRecord = make("has", "many", (path, values) => `ANY(${path}, ${values.map((value) => `id = ${value}`).join(" OR ")})`);
const contains = make("contains", 1, (path, [value]) => `CONTAINS(${path}, ${value})`);
const starts = make("starts", 1, (path, [value]) => `STARTS(${path}, ${value})`);

export const textOperators = [contains, eq, ne, starts, blank, filled] as const;
export const numberOperators = [gt, ge, lt, le, eq, ne, between, blank, filled] as const;
export const optionOperators = [isIn, notIn, blank, filled] as const;
export const optionsOperators = [has, blank, filled] as const;
export const recordOperators = [isIn, notIn] as const;
export const recordsOperators = [hasRecord] as const;
export const presenceOperators = [filled, blank] as const;

export const booleanOperators = [
  make("yes", 0, (path) => path),
  make("no", 0, (path) => `NOT ${path}`),
] as const;

export const dateOperators = [
  make("on", 1, (path, [day]) => `${path} = ${day}`),
  make("before", 1, (path, [day]) => `${path} < ${day}`),
  make("after", 1, (path, [day]) => `${path} > ${day}`),
  between,
  make("last", "days", (path, [days]) => `${path} > TODAY() - ${days} AND ${path} <= TODAY()`),
  blank,
  filled,
] as const;

/** Instants: their values are pairs, the first instant of a day and of the day after it, joined by a blank. */
const first = (pair: string | undefined) => (pair ?? "").split(" ")[0];
const next = (pair: string | undefined) => (pair ?? "").split(" ")[1];

export const instantOperators = [
  make("on", 1, (path, [day]) => `${path} >= ${first(day)} AND ${path} < ${next(day)}`),
  make("before", 1, (path, [day]) => `${path} < ${first(day)}`),
  make("after", 1, (path, [day]) => `${path} >= ${next(day)}`),
  make("between", 2, (path, [from, to]) => `${path} >= ${first(from)} AND ${path} < ${next(to)}`),
  make("last", "days", (path, [since]) => `${path} >= ${since}`),
  blank,
  filled,
] as const;
