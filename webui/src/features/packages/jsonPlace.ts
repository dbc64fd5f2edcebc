/** Where a JSON pointer leads in a text, so that a problem can be shown where it stands. */

/** The line (from 0) at which the value of a pointer begins; of its nearest parent where it leads nowhere. */
export function lineOf(text: string, pointer: string): number {
  const steps = pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const scanner = new Scanner(text);
  for (const step of steps) if (!scanner.enter(step)) break;
  return text.slice(0, scanner.at).split("\n").length - 1;
}

/** Walks over a JSON text without building it. at: first character of the value that it stands at. */
class Scanner {
  at = 0;

  constructor(private readonly text: string) {
    this.skipBlank();
  }

  /** Go to a member or an element of the value; false, and nowhere else, when there is none. */
  enter(step: string): boolean {
    const before = this.at;
    const isList = this.text[this.at] === "[";
    if (!isList && this.text[this.at] !== "{") return false;
    this.at += 1;
    for (let index = 0; this.at < this.text.length; index += 1) {
      this.skipBlank();
      if (this.text[this.at] === "]" || this.text[this.at] === "}") break;
      const name = isList ? String(index) : this.name();
      if (name === step) return true;
      this.skipValue();
      this.skipBlank();
      if (this.text[this.at] === ",") this.at += 1;
    }
    this.at = before;
    return false;
  }

  private name(): string {
    const from = this.at;
    this.skipText();
    const raw = this.text.slice(from, this.at);
    this.skipBlank();
    this.at += 1;
    this.skipBlank();
    try {
      return JSON.parse(raw) as string;
    } catch {
      return raw;
    }
  }

  private skipBlank(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at += 1;
  }

  private skipText(): void {
    this.at += 1;
    while (this.at < this.text.length && this.text[this.at] !== '"') this.at += this.text[this.at] === "\\" ? 2 : 1;
    this.at += 1;
  }

  private skipValue(): void {
    let depth = 0;
    do {
      const letter = this.text[this.at];
      if (letter === '"') {
        this.skipText();
        continue;
      }
      if (letter === "{" || letter === "[") depth += 1;
      if (letter === "}" || letter === "]") {
        if (depth === 0) return;
        depth -= 1;
      }
      if (letter === "," && depth === 0) return;
      this.at += 1;
    } while (this.at < this.text.length && (depth > 0 || !/[,\]}]/.test(this.text[this.at] ?? ",")));
  }
}
