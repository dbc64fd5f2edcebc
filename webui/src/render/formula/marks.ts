/** How an editor draws a formula: fields as tokens with their labels, words in colours, the problem underlined. */
import { RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import { tokenize } from "@/formula/tokens";
import { pathsOf, type Labels } from "./names";
import styles from "./CodeEditor.module.css";

export interface Underline {
  from: number;
  to: number;
}

export const setLabels = StateEffect.define<Labels>();
export const setUnderline = StateEffect.define<Underline | null>();

const labelsField = StateField.define<Labels>({
  create: () => () => null,
  update: (value, change) => change.effects.reduce((last, effect) => (effect.is(setLabels) ? effect.value : last), value),
});

const underlineField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, change) {
    let next = value.map(change.changes);
    for (const effect of change.effects) {
      if (!effect.is(setUnderline)) continue;
      const size = change.state.doc.length;
      const from = Math.min(effect.value?.from ?? 0, size);
      const to = Math.min(Math.max(effect.value?.to ?? 0, from), size);
      next = effect.value && to > from ? Decoration.set(Decoration.mark({ class: styles.wrong }).range(from, to)) : Decoration.none;
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

class FieldToken extends WidgetType {
  constructor(
    private readonly label: string,
    private readonly isRelation: boolean,
    private readonly text: string,
  ) {
    super();
  }

  override eq(other: FieldToken): boolean {
    return other.label === this.label && other.text === this.text;
  }

  toDOM(): HTMLElement {
    const made = document.createElement("span");
    made.className = `${styles.field} ${this.isRelation ? styles.relation : ""}`;
    made.textContent = this.label;
    made.title = this.text;
    return made;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

const SORTS: Partial<Record<string, string>> = {
  number: styles.number, text: styles.text, word: styles.word, literal: styles.word, comment: styles.comment,
  unknown: styles.unknown,
};

function draw(view: EditorView): { all: DecorationSet; tokens: DecorationSet } {
  const text = view.state.doc.toString();
  const labels = view.state.field(labelsField);
  const cursor = view.hasFocus ? view.state.selection.main.head : -1;
  const all = new RangeSetBuilder<Decoration>();
  const tokens = new RangeSetBuilder<Decoration>();
  const paths = pathsOf(text);
  let end = 0;
  for (const token of tokenize(text)) {
    if (token.start < end) continue;
    const path = paths.find((each) => each.start === token.start);
    const label = path && labels(path.names);
    // The word that is being typed stays as it is typed.
    if (path && label && !(cursor > path.start && cursor <= path.end)) {
      const widget = new FieldToken(label, path.names.length > 1, text.slice(path.start, path.end));
      const drawn = Decoration.replace({ widget });
      all.add(path.start, path.end, drawn);
      tokens.add(path.start, path.end, drawn);
      end = path.end;
      continue;
    }
    const name = token.sort === "name" && token.isCall ? styles.call : SORTS[token.sort];
    if (name && token.end > token.start) all.add(token.start, token.end, Decoration.mark({ class: name }));
  }
  return { all: all.finish(), tokens: tokens.finish() };
}

const painter = ViewPlugin.fromClass(
  class {
    drawn: { all: DecorationSet; tokens: DecorationSet };

    constructor(view: EditorView) {
      this.drawn = draw(view);
    }

    update(update: ViewUpdate): void {
      const isNew = update.docChanged || update.selectionSet || update.focusChanged;
      const hasLabels = update.transactions.some((each) => each.effects.some((effect) => effect.is(setLabels)));
      if (isNew || hasLabels) this.drawn = draw(update.view);
    }
  },
  {
    decorations: (plugin) => plugin.drawn.all,
    provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.drawn.tokens ?? Decoration.none),
  },
);

/** Everything that draws; set labels and the underline by their effects. */
export const marks = [labelsField, underlineField, painter];
