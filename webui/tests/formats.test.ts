import { beforeAll, describe, expect, it } from "vitest";
import i18next from "i18next";
import {
  formatChange, formatDate, formatInstant, formatMoney, formatNumber, formatPercent, fromWall, setZone, toWall, waited,
} from "@/lib/formats";

beforeAll(async () => {
  await i18next.init({ lng: "zh-CN", resources: {}, showSupportNotice: false } as never);
  setZone("Asia/Shanghai");
});

describe("numbers are texts of decimals", () => {
  it.each([
    ["1234567.5", 2, "1,234,567.50"],
    ["-1234", undefined, "\u22121,234"],
    ["0012", undefined, "12"],
    ["12345678901234567890.123456789", undefined, "12,345,678,901,234,567,890.123456789"],
    ["-0.5", 1, "\u22120.5"],
    ["", 2, ""],
    ["•••", 2, "•••"],
  ])("%s with %s places is %s", (value, scale, text) => expect(formatNumber(value, scale)).toBe(text));

  it("keeps digits that do not fit the scale: nothing is rounded silently", () => {
    expect(formatNumber("1.2345", 2)).toBe("1.2345");
  });

  it.each([["0.125", "12.5%"], ["1", "100%"], ["-0.05", "\u22125%"], ["0", "0%"], ["0.00001", "0.001%"]])(
    "%s as percent is %s", (value, text) => expect(formatPercent(value)).toBe(text),
  );

  it.each([["18432.6", "CNY", 2, "¥18,432.60"], ["-5", "CNY", 2, "\u2212¥5.00"], ["7", "", 2, "7.00"]])(
    "%s %s is written %s", (value, currency, scale, text) =>
      expect(formatMoney(value, currency, scale as number)).toBe(text as never),
  );

  it("gains have a plus, spends a minus sign", () => {
    expect([formatChange("505"), formatChange("-800"), formatChange("0")]).toEqual(["+505", "\u2212800", "0"]);
  });
});

describe("times stand in the workspace's zone", () => {
  it("shows the wall clock there", () => {
    expect(formatInstant("2026-11-16T11:42:05Z")).toBe("2026-11-16 19:42");
    expect(toWall("2026-11-16T16:30:00Z")).toBe("2026-11-17T00:30:00");
    expect(formatDate("2026-11-16")).toBe("2026-11-16");
  });

  it("comes back from the wall clock, across a change of the clocks too", () => {
    expect(fromWall("2026-11-17T00:30:00")).toBe("2026-11-16T16:30:00Z");
    for (const wall of ["2026-03-29T03:30:00", "2026-10-25T12:00:00", "2026-07-01T00:00:00"]) {
      expect(toWall(fromWall(wall, "Europe/Berlin"), "Europe/Berlin")).toBe(wall);
    }
  });

  it("says how long something waits in its largest unit", () => {
    const now = Date.parse("2026-11-20T12:00:00Z");
    expect(waited("2026-11-20T11:18:00Z", now)).toEqual([42, "minutes"]);
    expect(waited("2026-11-20T10:00:00Z", now)).toEqual([2, "hours"]);
    expect(waited("2026-11-17T12:00:00Z", now)).toEqual([3, "days"]);
  });
});
