// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from "vitest";
import { chordOf, isWriting, keyParts } from "@/lib/shortcuts";

const press = (key: string, more: KeyboardEventInit = {}) => new KeyboardEvent("keydown", { key, ...more });

describe("keys by their names", () => {
  it.each([
    [press("k", { ctrlKey: true }), "mod+k"], [press("J"), "j"], [press("?", { shiftKey: true }), "?"],
    [press(" "), "space"], [press("ArrowDown"), "down"], [press("Enter", { shiftKey: true }), "shift+enter"],
    [press("Z", { ctrlKey: true, shiftKey: true }), "mod+shift+z"],
  ])("%#", (event, chord) => expect(chordOf(event)).toBe(chord));

  it("shows them as they stand on the keyboard", () => {
    expect(keyParts("mod+shift+z")).toEqual(["Ctrl", "Shift", "Z"]);
    expect(keyParts("g h")).toEqual(["G", "H"]);
    expect(keyParts("?")).toEqual(["?"]);
  });
});

describe("whoever writes is left alone", () => {
  beforeEach(() => (document.body.innerHTML = '<input id="t"><input id="c" type="checkbox"><button id="b"></button><div id="x" role="combobox"></div><textarea id="a"></textarea>'));
  it.each([["t", true], ["c", false], ["b", false], ["x", true], ["a", true]])("%s", (id, writing) =>
    expect(isWriting(document.getElementById(String(id)))).toBe(writing),
  );
});
