import { ArrowLeft, Search } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { noteRecent } from "@/lib/recents";
import type { App } from "@/lib/wire";
import { IconButton } from "@/ui/IconButton";
import { Kbd } from "@/ui/Kbd";
import { Tag } from "@/ui/Tag";
import styles from "./Palette.module.css";
import { PaletteHit } from "./PaletteHit";
import type { Hit } from "./paletteHits";
import { usePalette } from "./usePalette";

/** Write, choose, go: records, commands, views and help in one list. */
export function PaletteBody({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [subject, setSubject] = useState<Hit | null>(null);
  const [chosen, setChosen] = useState("");
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const { groups, isSearching } = usePalette(app, text, subject);
  const hits = groups.flatMap((group) => group.hits);
  // Hits of the server follow without moving the selection: it holds on to its hit, not to its place.
  const at = Math.max(0, hits.findIndex((hit) => hit.id === chosen));
  const current = hits[at];
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [current?.id]);
  const run = (hit: Hit | undefined, newTab = false) => {
    if (!hit) return;
    onClose();
    if (hit.to) noteRecent({ to: hit.to, title: hit.title, kind: hit.detail, identity: hit.identity ?? hit.id });
    hit.run(newTab);
  };
  const act = (hit: Hit | undefined) => {
    if (!hit?.record) return;
    setSubject(hit);
    setText("");
    setChosen("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const keys: Record<string, () => void> = {
      ArrowDown: () => setChosen(hits[Math.min(hits.length - 1, at + 1)]?.id ?? ""),
      ArrowUp: () => setChosen(hits[Math.max(0, at - 1)]?.id ?? ""),
      Enter: () => run(current, event.ctrlKey || event.metaKey),
      Tab: () => act(current),
    };
    if (event.key === "Backspace" && text === "" && subject) setSubject(null);
    if (event.key === "Escape" && subject) {
      event.stopPropagation();
      setSubject(null);
    }
    const handle = event.shiftKey ? undefined : keys[event.key];
    if (!handle) return;
    event.preventDefault();
    handle();
  };
  return (
    <div className={styles.palette} onKeyDown={onKeyDown}>
      <div className={styles.field}>
        {subject ? (
          <IconButton icon={ArrowLeft} label={t("action.back")} onClick={() => setSubject(null)} />
        ) : (
          <Search size={17} strokeWidth={1.75} aria-hidden />
        )}
        <input
          className={styles.input}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen("");
          }}
          autoFocus
          spellCheck={false}
          role="combobox"
          aria-expanded
          aria-controls={id}
          aria-activedescendant={current ? `${id}-${current.id}` : undefined}
          aria-label={t("palette.title")}
          placeholder={subject ? t("palette.act_on", { name: subject.title }) : t("palette.placeholder")}
        />
        <Tag>{labelText(app.label)}</Tag>
        <Kbd keys="escape" />
      </div>
      <div ref={list} id={id} className={styles.list} role="listbox" aria-label={t("palette.title")}>
        {groups.map((group) => (
          <section key={group.title} role="group" aria-label={group.title}>
            <div className={styles.group} role="presentation">{group.title}</div>
            {group.hits.map((hit) => (
              <PaletteHit
                key={hit.id}
                id={`${id}-${hit.id}`}
                hit={hit}
                text={text}
                isChosen={hit === current}
                onHover={() => setChosen(hit.id)}
                onRun={(newTab) => run(hit, newTab)}
              />
            ))}
          </section>
        ))}
        {hits.length === 0 && (
          <div className={styles.none} role="status">
            {isSearching ? t("palette.searching") : <><b>{t("palette.nothing", { text })}</b><br />{t("palette.nothing_text")}</>}
          </div>
        )}
      </div>
      <div className={styles.foot} aria-hidden>
        <span><Kbd keys="up" /> <Kbd keys="down" /> {t("palette.choose")}</span>
        <span><Kbd keys="enter" /> {t("palette.open")}</span>
        {current?.record && <span><Kbd keys="tab" /> {t("palette.act")}</span>}
        <span><Kbd keys="mod+enter" /> {t("palette.new_tab")}</span>
        <span className={styles.hints}>
          <kbd>&gt;</kbd> {t("palette.hint_commands")} <kbd>#</kbd> {t("palette.hint_id")} <kbd>?</kbd> {t("palette.hint_help")}
        </span>
      </div>
    </div>
  );
}
