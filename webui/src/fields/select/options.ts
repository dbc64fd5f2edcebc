import type { AppField, Label } from "@/lib/wire";
import type { Tone } from "@/ui/tone";

export interface Option {
  value: string;
  label: Label;
  color: string;
}

/** The options of a field, in order. */
export function optionsOf(field: AppField): readonly Option[] {
  return (field.options.options as Option[] | undefined) ?? [];
}

export function optionOf(field: AppField, value: string): Option | undefined {
  return optionsOf(field).find((option) => option.value === value);
}

const BY_COLOR: Record<string, Tone> = {
  blue: "pri", green: "ok", orange: "warn", yellow: "warn", gold: "warn", red: "err", purple: "vio", violet: "vio",
  teal: "teal", cyan: "teal", gray: "neu", grey: "neu", neutral: "neu", pri: "pri", ok: "ok", warn: "warn", err: "err",
  vio: "vio", neu: "neu",
};
const IN_TURN: readonly Tone[] = ["neu", "pri", "teal", "vio", "ok", "warn"];

/** The stone of an option: the colour that it names, else one by its place. */
export function toneOfOption(field: AppField, value: string): Tone {
  const place = optionsOf(field).findIndex((option) => option.value === value);
  const named = BY_COLOR[optionsOf(field)[place]?.color ?? ""];
  return named ?? IN_TURN[Math.max(place, 0) % IN_TURN.length]!;
}
