import { Input, Popover } from "antd";
import { ClipboardPaste, Plus, Search } from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { cx } from "@/ui/cx";
import tones from "@/ui/tones.module.css";
import { DRAGGED } from "./Card";
import styles from "./Canvas.module.css";
import { useCanvas } from "./CanvasContext";
import { useDesigner } from "./designer";
import { stepIcon, toneOf } from "./icons";

/** The plus between cards: opens the palette of steps; a card can be let go on it. */
export function AddStep({ block, at }: { block: string; at: number }) {
  const { t } = useTranslation();
  const { edit } = useCanvas();
  const [isOpen, setOpen] = useState(false);
  const [isOver, setOver] = useState(false);
  if (!edit) return <span className={styles.line} aria-hidden />;
  const choose = (kind: string) => {
    setOpen(false);
    edit.add(block, at, kind);
  };
  return (
    <span className={styles.plusLine}>
      <Popover open={isOpen} onOpenChange={setOpen} trigger="click" placement="bottom" destroyOnHidden
        content={<Palette onChoose={choose} onPaste={edit.paste && (() => { setOpen(false); edit.paste?.(block, at); })} />}>
        <button type="button" className={cx(styles.plus, isOver && styles.over)} aria-label={t("flows.add_here")} aria-haspopup="dialog" data-add={`${block}@${at}`}
          onDragOver={(event) => { if (event.dataTransfer.types.includes(DRAGGED)) { event.preventDefault(); setOver(true); } }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); setOver(false); edit.take(event.dataTransfer.getData(DRAGGED), block, at); }}>
          <Plus size={14} strokeWidth={2} aria-hidden />
        </button>
      </Popover>
    </span>
  );
}

/** Every kind of step by category; what is written narrows it, arrows walk it, Enter takes it. */
function Palette({ onChoose, onPaste }: { onChoose: (kind: string) => void; onPaste?: () => void }) {
  const { t } = useTranslation();
  const { kinds } = useDesigner();
  const [search, setSearch] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const wanted = search.trim().toLowerCase();
  const fits = (texts: string[]) => !wanted || texts.some((text) => text.toLowerCase().includes(wanted));
  const groups = kinds.categories
    .map((each) => ({ ...each, steps: kinds.steps.filter((step) => step.category === each.name && fits([step.name, step.label.zh, step.label.en, step.help.zh, step.help.en])) }))
    .filter((each) => each.steps.length > 0);
  // A name that says it comes before a description that mentions it.
  const isCalled = (step: { label: { zh: string; en: string } }) => [step.label.zh, step.label.en].some((text) => text.toLowerCase().includes(wanted));
  const offered = groups.flatMap((each) => each.steps);
  const best = offered.find(isCalled) ?? offered[0];
  const walk = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const all = [...(list.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const here = all.indexOf(document.activeElement as HTMLElement);
    all[Math.max(0, Math.min(all.length - 1, here + (event.key === "ArrowDown" ? 1 : -1)))]?.focus();
  };
  return (
    <div className={styles.palette} onKeyDown={walk} ref={list} role="dialog" aria-label={t("flows.add_step")}>
      <Input autoFocus prefix={<Search size={14} strokeWidth={1.75} aria-hidden />} value={search} placeholder={t("flows.find_step")} aria-label={t("flows.find_step")}
        onChange={(event) => setSearch(event.target.value)}
        onPressEnter={(event) => { if (best && !event.nativeEvent.isComposing) onChoose(best.name); }} />
      {onPaste && <button type="button" className={styles.offer} onClick={onPaste}><ClipboardPaste size={16} strokeWidth={1.75} aria-hidden />{t("flows.paste")}</button>}
      {groups.map((group) => (
        <section key={group.name} aria-label={labelText(group.label)}>
          <h3 className={styles.category}>{labelText(group.label)}</h3>
          {group.steps.map((step) => {
            const Icon = stepIcon(step.name, step.category);
            return (
              <button key={step.name} type="button" className={styles.offer} onClick={() => onChoose(step.name)} title={labelText(step.help)}>
                <span className={cx(styles.smallTile, tones[toneOf(step.category)])}><Icon size={14} strokeWidth={1.75} aria-hidden /></span>{labelText(step.label)}
              </button>
            );
          })}
        </section>
      ))}
      {groups.length === 0 && <p className={styles.quiet}>{t("flows.no_step")}</p>}
    </div>
  );
}
