import { Input } from "antd";
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { codeName } from "@/render/builder/codeName";
import { freeName, freshUid, moved, textOf, withText } from "@/render/builder/words";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import type { OptionBody } from "@/render/builder/entityModel";
import styles from "./EntityPage.module.css";

/** The options of a select with their labels; Enter adds one below, Alt and arrows move. The value is made once, from the first label. */
export function OptionList({ options, onChange }: {
  options: OptionBody[];
  /** gesture: typing, which is one step to undo. */
  onChange: (options: OptionBody[], gesture?: string) => void;
}) {
  const { t } = useTranslation();
  const add = (after: number) => {
    const value = freeName("option", options.map((each) => each.value));
    onChange([...options.slice(0, after + 1), { uid: freshUid(), value, label: t("entities.option", { number: options.length + 1 }) }, ...options.slice(after + 1)]);
  };
  const isMade = (value: string) => /^option(_\d+)?$/.test(value);
  const rename = (option: OptionBody, text: string) => {
    const others = options.filter((each) => each.uid !== option.uid).map((each) => each.value);
    const value = isMade(option.value) ? freeName(codeName(text) || "option", others) : option.value;
    onChange(options.map((each) => (each.uid === option.uid ? { ...each, value, label: withText(each.label, text) } : each)), `option.${option.uid}`);
  };
  return (
    <section aria-label={t("entities.options")}>
      <h3 className={styles.heading}>{t("entities.options")}</h3>
      <ul className={styles.options}>
        {options.map((option, index) => (
          <li key={option.uid} className={styles.option}>
            <OptionInput key={option.uid} text={textOf(option.label, option.value)} title={t("entities.option_label", { number: index + 1 })} onPut={(text) => rename(option, text)} onEnter={() => add(index)}
              onMove={(way) => onChange(moved(options, index, index + way))} />
            <span className={styles.code}>{option.value}</span>
            <IconButton icon={ArrowUp} size={14} label={t("entities.move_up")} disabled={index === 0} onClick={() => onChange(moved(options, index, index - 1))} />
            <IconButton icon={ArrowDown} size={14} label={t("entities.move_down")} disabled={index === options.length - 1} onClick={() => onChange(moved(options, index, index + 1))} />
            <IconButton icon={Trash2} size={14} label={t("entities.remove_option", { name: textOf(option.label, option.value) })} disabled={options.length === 1} onClick={() => onChange(options.filter((each) => each.uid !== option.uid))} />
          </li>
        ))}
      </ul>
      <Button small kind="text" icon={<Plus size={14} strokeWidth={1.75} />} onClick={() => add(options.length - 1)}>{t("entities.add_option")}</Button>
    </section>
  );
}

function OptionInput({ text, title, onPut, onEnter, onMove }: { text: string; title: string; onPut: (text: string) => void; onEnter: () => void; onMove: (way: -1 | 1) => void }) {
  return (
    <Input size="small" defaultValue={text} aria-label={title}
      onBlur={(event) => { if (event.target.value.trim() && event.target.value !== text) onPut(event.target.value.trim()); }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") {
          event.currentTarget.blur();
          onEnter();
        }
        const way = { ArrowUp: -1, ArrowDown: 1 }[event.key] as -1 | 1 | undefined;
        if (way && event.altKey) {
          event.preventDefault();
          onMove(way);
        }
      }} />
  );
}
