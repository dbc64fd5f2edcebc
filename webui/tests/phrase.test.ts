import { describe, expect, it } from "vitest";
import { conditionOf, isWhole, readPhrase, readPhrases, type OperatorWord } from "@/render/conditions/phrase";
import type { NameMember } from "@/render/formula/formulaApi";
import { toFormula } from "@/formula/conditions";
import { daysText, dayWithin, readDays } from "@/features/rules/days";
import { fits, readBlock, readCell } from "@/features/tables/tableModel";

const member = (name: string, zh: string, kind: string): NameMember => ({
  name, label: { zh, en: name }, key: name, type: { kind, nullable: true, is_integer: false, scale: null }, has_members: false,
});
const MEMBERS = [member("gross", "行金额合计", "number"), member("total", "合计", "number"), member("price_group", "价格类型", "text"), member("is_new", "是否新品", "boolean"), member("day", "业务日期", "date")];
const WORDS: OperatorWord[] = [["是", "="], ["不是", "<>"], ["大于", ">"], ["不小于", ">="], ["小于", "<"], ["为真", "true"], ["为空", "blank"], ["属于", "in"], ["介于", "between"]];
const OPTIONS = [{ value: "new", label: "新品" }];
const formula = (text: string) => {
  const found = readPhrases(text, MEMBERS, WORDS);
  return found && toFormula({ joined: "and", items: found.map((each) => conditionOf(each, OPTIONS)) });
};

describe("a condition is typed as people say it", () => {
  it.each([
    ["合计>500 且 价格类型=新品", "total > 500 AND price_group = 'new'"],
    ["合计不小于300", "total >= 300"],
    ["是否新品为真", "is_new"],
    ["价格类型不是新品", "price_group <> 'new'"],
    ["价格类型 属于 新品、旧", "IN(price_group, 'new', '旧')"],
    ["合计介于1至5", "BETWEEN(total, 1, 5)"],
    ["价格类型为空", "ISBLANK(price_group)"],
    ["total >= 12.5, 业务日期=2026-11-11", "total >= 12.5 AND day = '2026-11-11'"],
  ])("%s", (text, wanted) => expect(formula(text)).toBe(wanted));

  it.each(["合计>很多", "合计", "没有这个=1", "合计>"])("%s is no whole condition", (text) => expect(formula(text)).toBeNull());

  it("offers the field that was meant so far", () => expect(readPhrase("价格", MEMBERS, WORDS)).toMatchObject({ member: { name: "price_group" }, operator: null }));

  it("knows what is still to be chosen", () => {
    expect(isWhole({ left: "total", leftKind: "number", operator: ">", right: [{ sort: "constant", kind: "number", value: "" }] })).toBe(false);
    expect(isWhole({ left: "total", leftKind: "number", operator: "blank", right: [] })).toBe(true);
  });
});

describe("days of a rule are typed", () => {
  it.each([
    ["11-11 ~ 11-13", { yearly: { from: "11-11", to: "11-13" } }],
    ["11.11", { yearly: { from: "11-11", to: "11-11" } }],
    ["2026-11-11 至 2026-11-13", { from: "2026-11-11", to: "2026-11-13" }],
    ["2026-11-11 ~", { from: "2026-11-11" }],
    ["", {}],
  ])("%s", (text, wanted) => expect(readDays(text)).toEqual(wanted));
  it.each(["13-01", "2026-02-30", "2026-11-13 ~ 2026-11-11", "11-11 ~ 2026-11-13", "always"])("%s says none", (text) => expect(readDays(text)).toBeNull());
  it("says them again, and a day within", () => {
    expect(daysText({ yearly: { from: "11-11", to: "11-13" } })).toBe("11-11 ~ 11-13");
    expect(dayWithin({ yearly: { from: "11-11", to: "11-13" } }, 2026)).toBe("2026-11-11");
    expect(dayWithin({}, 2026)).toBeNull();
  });
});

describe("cells of a table are read as their column wants", () => {
  it.each([
    ["1,200", "integer", 1200], ["12.5", "decimal", "12.50"], ["2026/1/5", "date", "2026-01-05"], ["是", "boolean", true], [" A ", "text", "A"], ["", "integer", undefined],
  ] as const)("%s as %s", (text, type, wanted) => expect(readCell(text, { type, scale: 2 })).toBe(wanted));
  it("keeps what it cannot be, and says so", () => {
    const column = { uid: "c", name: "c", type: "integer" as const };
    expect(readCell("many", column)).toBe("many");
    expect(fits("many", column)).toBe(false);
    expect(fits(3, column)).toBe(true);
  });
  it("takes blocks as sheets copy them", () => {
    expect(readBlock('a\tb\r\nc\t"d\te"\n')).toEqual([["a", "b"], ["c", "d\te"]]);
    expect(readBlock("x")).toEqual([["x"]]);
  });
});
