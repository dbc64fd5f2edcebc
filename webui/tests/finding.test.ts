import { beforeAll, describe, expect, it } from "vitest";
import { fitOf, loadPinyin } from "@/lib/finding";

describe("names are found", () => {
  beforeAll(loadPinyin);
  it("by their letters, at the beginning first", () => {
    expect(fitOf("Orders", "ord")).toBeGreaterThan(fitOf("All orders", "ord"));
    expect(fitOf("Orders", "x")).toBe(0);
  });
  it("by the initials of their words", () => expect(fitOf("Open purchase list", "opl")).toBeGreaterThan(0));
  it("by pinyin and by its initials", () => {
    expect(fitOf("基础资料", "jczl")).toBeGreaterThan(0);
    expect(fitOf("基础资料", "jichu")).toBeGreaterThan(0);
    expect(fitOf("基础资料", "zl")).toBeGreaterThan(0);
    expect(fitOf("基础资料", "qq")).toBe(0);
  });
});
