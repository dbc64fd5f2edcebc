import { autocompletion, completionKeymap, startCompletion, type CompletionContext } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, placeholder as placeholderOf } from "@codemirror/view";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { pageNonce } from "@/lib/nonce";
import styles from "./CodeEditor.module.css";
import { formulaApi, toCharacters, toUnits, typeKey, type Completion, type Slot } from "./formulaApi";
import { marks, setLabels, setUnderline, type Underline } from "./marks";
import { useLabels } from "./names";

export interface EditorHandle {
  /** Put a text in the place of the selection and select its first hole. holes: [start, end] within the text. */
  insert: (text: string, holes?: readonly (readonly [number, number])[]) => void;
  replaceAll: (text: string) => void;
  focus: () => void;
}

/** Where a formula is written: several lines, completions, matching brackets, the first problem underlined. */
export function CodeEditor({ value, onChange, slot, underline, label, placeholder, autoFocus = false, oneLine = false, onSubmit, ref }: {
  value: string;
  onChange: (value: string) => void;
  slot: Slot;
  underline?: Underline | null;
  /** What is written here, for those who do not see it. */
  label: string;
  placeholder?: string;
  autoFocus?: boolean;
  /** No line numbers; grows with what is written. */
  oneLine?: boolean;
  /** Called for Ctrl Enter. */
  onSubmit?: () => void;
  ref?: Ref<EditorHandle>;
}) {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, slot, onSubmit, typeName: (completion: Completion) => completion.signature ?? "" });
  const labels = useLabels(slot, value);
  useEffect(() => {
    latest.current = {
      onChange, slot, onSubmit,
      typeName: ({ type, signature }) => (type ? t(typeKey(type)) : (signature ?? "")),
    };
  });

  useEffect(() => {
    const source = async (context: CompletionContext) => {
      const text = context.state.doc.toString();
      const before = context.matchBefore(/[\p{L}\p{N}_.]+/u);
      if (!before && !context.explicit) return null;
      const found = await formulaApi.complete(text, toCharacters(text, context.pos), latest.current.slot).catch(() => null);
      if (!found || context.aborted) return null;
      return {
        from: toUnits(text, found.from),
        filter: false,
        options: found.items.map((item) => ({
          label: item.text,
          displayLabel: labelText(item.label) || item.text,
          detail: latest.current.typeName(item),
          type: item.kind === "function" ? "function" : item.kind === "field" ? "property" : "keyword",
          info: item.doc ? () => infoOf(item) : undefined,
          apply: (target: EditorView, _option: unknown, from: number, to: number) => put(target, item.text, item.holes, from, to),
        })),
      };
    };
    const made = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(pageNonce()),
          history(),
          bracketMatching(),
          autocompletion({ override: [source], icons: true, activateOnTyping: true }),
          marks,
          oneLine ? [] : lineNumbers(),
          EditorView.lineWrapping,
          placeholder ? placeholderOf(placeholder) : [],
          EditorView.contentAttributes.of({ "aria-label": label, role: "textbox", "aria-multiline": "true" }),
          Prec.high(keymap.of([{ key: "Mod-Enter", run: () => (latest.current.onSubmit?.(), true) }])),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...(oneLine ? [] : [indentWithTab])]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    if (autoFocus) made.focus();
    return () => made.destroy();
    // The editor is made once; what changes later is handed to it by effects.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => {
    const target = view.current;
    if (target && target.state.doc.toString() !== value) {
      target.dispatch({ changes: { from: 0, to: target.state.doc.length, insert: value } });
    }
  }, [value]);
  useEffect(() => view.current?.dispatch({ effects: setLabels.of(labels) }), [labels]);
  const from = underline?.from;
  const to = underline?.to;
  useEffect(() => {
    const found = from === undefined || to === undefined ? null : { from, to };
    view.current?.dispatch({ effects: setUnderline.of(found) });
  }, [from, to]);

  useImperativeHandle(ref, () => ({
    insert: (text, holes = []) => {
      const target = view.current;
      if (!target) return;
      const { from: start, to: end } = target.state.selection.main;
      put(target, text, holes, start, end);
      target.focus();
      if (!holes.length) startCompletionSoon(target);
    },
    replaceAll: (text) => view.current?.dispatch({ changes: { from: 0, to: view.current.state.doc.length, insert: text } }),
    focus: () => view.current?.focus(),
  }), []);

  return <div ref={host} className={oneLine ? styles.line : styles.editor} />;
}

function startCompletionSoon(target: EditorView): void {
  if (target.state.doc.toString().endsWith(".")) startCompletion(target);
}

function put(target: EditorView, text: string, holes: readonly (readonly [number, number])[], from: number, to: number): void {
  const [hole] = holes;
  const selection = hole
    ? { anchor: from + toUnits(text, hole[0]), head: from + toUnits(text, hole[1]) }
    : { anchor: from + text.length };
  target.dispatch({ changes: { from, to, insert: text }, selection, userEvent: "input.complete" });
}

function infoOf(item: Completion): HTMLElement {
  const made = document.createElement("div");
  made.className = styles.info ?? "";
  const title = made.appendChild(document.createElement("div"));
  title.className = "mono";
  title.textContent = item.signature ?? item.text;
  made.appendChild(document.createElement("p")).textContent = labelText(item.doc);
  if (item.example) {
    const example = made.appendChild(document.createElement("div"));
    example.className = "mono";
    example.textContent = item.example;
  }
  return made;
}
