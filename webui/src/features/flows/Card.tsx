import { CircleAlert, CircleCheck, CircleDashed, CircleX, Clock, LoaderCircle, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/ui/cx";
import type { Tone } from "@/ui/tone";
import tones from "@/ui/tones.module.css";
import { useCanvas, type Mark } from "./CanvasContext";
import styles from "./Canvas.module.css";

const ICONS: Partial<Record<Tone, LucideIcon>> = { ok: CircleCheck, err: CircleX, warn: Clock, pri: LoaderCircle, neu: CircleDashed };
export const DRAGGED = "application/x-flow-step";

/** A card of the picture: icon, kind, name, what it does; a dot where something is wrong, a mark where a run came by. */
export function Card({ pointer, icon: Icon, tone, kind, name, summary, note, mark, canMove }: {
  pointer: string;
  icon: LucideIcon;
  tone: Tone;
  kind: string;
  name: string;
  summary: string;
  note?: ReactNode;
  mark: Mark | null;
  canMove: boolean;
}) {
  const { t } = useTranslation();
  const { selected, select, isWrong } = useCanvas();
  const wrong = isWrong(pointer);
  const State = mark ? (ICONS[mark.tone] ?? CircleDashed) : null;
  return (
    <button
      type="button"
      className={cx(styles.card, selected === pointer && styles.chosen, mark && cx(styles.marked, tones[mark.tone]), mark?.state === "untaken" && styles.untaken)}
      data-card={pointer}
      aria-current={selected === pointer ? "true" : undefined}
      draggable={canMove}
      onDragStart={(event) => {
        event.dataTransfer.setData(DRAGGED, pointer);
        event.dataTransfer.effectAllowed = "move";
      }}
      onClick={() => select(pointer)}
    >
      <span className={cx(styles.tile, tones[tone])}><Icon size={18} strokeWidth={1.75} aria-hidden /></span>
      <span className={styles.words}>
        <span className={styles.kind}>{kind}{mark?.extra && <span className={styles.extra}>{mark.extra}</span>}</span>
        <span className={styles.name}>{name}</span>
        {summary && <span className={styles.summary}>{summary}</span>}
        {note && <span className={styles.note}>{note}</span>}
      </span>
      {State && mark && <span className={cx(styles.state, tones[mark.tone])} title={mark.text}><State size={16} strokeWidth={1.75} aria-hidden /><span className="visually-hidden">{mark.text}</span></span>}
      {wrong && <span className={styles.dot} title={t("flows.wrong")}><CircleAlert size={12} strokeWidth={2.5} aria-hidden /><span className="visually-hidden">{t("flows.wrong")}</span></span>}
    </button>
  );
}
