import { describe, expect, it } from "vitest";
import { setZone } from "@/lib/formats";
import { dateLiteral, dayAfter, instantLiteral, numberLiteral, textLiteral } from "@/fields/literals";
import { instantOperators, optionOperators, recordOperators, textOperators } from "@/fields/operators";
import { compareDecimals } from "@/fields/shared/numbers";
import { movePoint } from "@/fields/percent/movePoint";

const named = <T extends { id: string }>(all: readonly T[], id: string): T => all.find((each) => each.id === id)!;

describe("literals let nothing else into a formula", () => {
  it("doubles quotes", () => expect(textLiteral("it's ' OR TRUE")).toBe("'it''s '' OR TRUE'"));
  it.each([["12.50", "12.50"], ["1,000", "1000"], ["-3", "-3"], ["1) OR (1=1", "0"], ["", "0"], ["1e9", "0"]])(
    "%s as a number is %s", (raw, literal) => expect(numberLiteral(raw)).toBe(literal),
  );
  it("takes days, and numbers of days", () => {
    expect(dateLiteral("2026-02-03")).toBe("DATE(2026, 2, 3)");
    expect(dateLiteral("30")).toBe("30");
    expect(dateLiteral("x'y")).toBe("BLANK");
  });
});

describe("conditions as formulas", () => {
  it("compares texts and options", () => {
    expect(named(textOperators, "contains").formula("name", ["'a'"])).toBe("CONTAINS(name, 'a')");
    expect(named(optionOperators, "in").formula("state", ["'a'", "'b'"])).toBe("IN(state, 'a', 'b')");
    expect(named(optionOperators, "ne").formula("state", ["'a'", "'b'"])).toBe("state <> 'a' AND state <> 'b'");
    expect(named(recordOperators, "in").formula("store.id", ["5"])).toBe("store.id = 5");
  });

  it("a day is from its first instant to that of the day after, in the zone", () => {
    setZone("Asia/Shanghai");
    const day = instantLiteral("2026-01-31");
    expect(day).toBe("DATETIME('2026-01-30T16:00:00Z') DATETIME('2026-01-31T16:00:00Z')");
    expect(named(instantOperators, "on").formula("at", [day])).toBe(
      "at >= DATETIME('2026-01-30T16:00:00Z') AND at < DATETIME('2026-01-31T16:00:00Z')",
    );
    expect(named(instantOperators, "after").formula("at", [day])).toBe("at >= DATETIME('2026-01-31T16:00:00Z')");
    expect(dayAfter("2026-02-28")).toBe("2026-03-01");
  });
});

describe("decimals are compared and moved exactly", () => {
  it.each([["0.1", "0.10", 0], ["0.30000000000000001", "0.3", 1], ["-5", "4.9", -1], ["99999999999999999999", "1e0".replace("e0", ""), 1]])(
    "%s against %s", (one, other, sign) => expect(compareDecimals(String(one), String(other))).toBe(sign),
  );
  it.each([["12.5", -2, "0.125"], ["0.125", 2, "12.5"], ["0.5", -2, "0.005"], ["100", -2, "1"], ["-0.07", 2, "-7"], ["7", 2, "700"], ["x", 2, "x"]])(
    "%s moved by %s is %s", (text, places, moved) => expect(movePoint(String(text), Number(places))).toBe(moved),
  );
});
