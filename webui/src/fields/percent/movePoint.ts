/** A decimal with its point moved: to the right by so many places, to the left when negative. What is no number stays. */
export function movePoint(text: string, places: number): string {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!found) return text;
  const [, sign = "", whole = "0", decimals = ""] = found;
  const at = whole.length + places;
  const digits = at > 0 ? (whole + decimals).padEnd(at, "0") : "0".repeat(1 - at) + whole + decimals;
  const point = Math.max(at, 1);
  const left = digits.slice(0, point).replace(/^0+(?=\d)/, "");
  const right = digits.slice(point).replace(/0+$/, "");
  return `${sign}${left}${right ? `.${right}` : ""}`;
}
