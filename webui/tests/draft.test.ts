import { describe, expect, it } from "vitest";
import type { AppEntity, AppField } from "@/lib/wire";
import { changesOf, constantOf, freshValues, isSame, wireValue } from "@/render/record/draft";

const field = (name: string, type: string, more: Partial<AppField> = {}): AppField => ({
  uid: name, name, label: { zh: name, en: name }, help: { zh: "", en: "" }, type, required: false, unique: false, read_only: false,
  personal: false, masked: false, sortable: true, default: null, check: null, check_message: { zh: "", en: "" }, formula: null,
  options: {}, value: { kind: "text", is_integer: false, scale: null }, ...more,
} as AppField);

const lines = field("parts", "lines", { fields: [field("qty", "integer"), field("sum", "formula", { read_only: true })] });
const entity = {
  name: "thing", fields: [field("title", "text"), field("place", "reference", { to: "place" }), lines, field("no", "sequence"), field("state", "select", { default: "'open'" })],
  states: { field: "state", initial: "open", transitions: [] },
} as unknown as AppEntity;

describe("what is sent of a record", () => {
  it("references go by id, lines with what may be written of them", () => {
    expect(wireValue(entity.fields[1]!, { id: 7, ref: "r", version: 1, title: "Here" })).toBe(7);
    expect(wireValue(lines, [{ id: 3, place: 1, qty: 2, sum: "8" }, { qty: 1 }])).toEqual([{ id: 3, qty: 2 }, { qty: 1 }]);
    expect(wireValue(lines, null)).toEqual([]);
  });

  it("only what differs is sent", () => {
    const before = { title: "a", place: { id: 7 }, parts: [{ id: 1, qty: 2, sum: "4" }] } as never;
    const after = { title: "b", place: { id: 7, title: "Here" }, parts: [{ id: 1, qty: 2 }] } as never;
    expect(changesOf(entity, before, after)).toEqual({ title: "b" });
    expect(isSame(entity.fields[0]!, "", null)).toBe(true);
  });

  it("defaults that are written out stand in a new record", () => {
    expect(freshValues(entity, { title: "x" })).toEqual({ title: "x", state: "open", parts: [] });
    expect([constantOf("'it''s'"), constantOf("= 12"), constantOf("TRUE"), constantOf("1.50"), constantOf("qty * 2")]).toEqual(["it's", 12, true, "1.50", undefined]);
  });
});
