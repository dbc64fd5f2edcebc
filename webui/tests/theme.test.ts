import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { palette } from "@/ui/theme";

const css = readFileSync(new URL("../src/ui/styles/tokens.css", import.meta.url), "utf-8");
const block = (start: string) => css.slice(css.indexOf(start)).split("}")[0]!;
const values = (text: string) => Object.fromEntries([...text.matchAll(/--(\w+): ([^;]+);/g)].map(([, name, value]) => [name, value]));

describe("the tokens of the page and those of antd are the same", () => {
  it.each([["light", ":root {"], ["dark", '[data-theme="dark"] {']] as const)("%s", (name, start) => {
    const found = values(block(start));
    expect(Object.fromEntries(Object.keys(palette[name]).map((key) => [key, found[key]]))).toEqual(palette[name]);
  });

  it("every colour of the light theme has its dark one", () => {
    expect(Object.keys(values(block(":root {"))).sort()).toEqual(Object.keys(values(block('[data-theme="dark"] {'))).sort());
  });
});
