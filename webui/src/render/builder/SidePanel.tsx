import { X } from "lucide-react";
import { useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { read, write } from "@/lib/memory";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import styles from "./SidePanel.module.css";

const STEP = 16;

/** A panel beside the canvas. Its edge is dragged or moved with the arrows; the width is remembered. */
export function SidePanel({ side, name, title, icon, extra, least, most, otherwise, onClose, sunken, children }: {
  side: "left" | "right";
  /** Under which its width is remembered. */
  name: string;
  title: string;
  icon?: ReactNode;
  extra?: ReactNode;
  least: number;
  most: number;
  otherwise: number;
  onClose?: () => void;
  sunken?: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const memory = `panel.${name}`;
  const [width, setWidth] = useState(() => limited(Number(read(memory)) || otherwise, least, most));
  const from = useRef<{ x: number; width: number } | null>(null);
  const sign = side === "left" ? 1 : -1;
  const put = (next: number) => {
    const found = limited(next, least, most);
    setWidth(found);
    write(memory, String(found));
  };
  const grab = (event: PointerEvent<HTMLDivElement>) => {
    from.current = { x: event.clientX, width };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (from.current) put(from.current.width + sign * (event.clientX - from.current.x));
  };
  const keys = (event: KeyboardEvent) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way) put(width + sign * way * STEP);
  };
  return (
    <aside className={cx(styles.panel, styles[side], sunken && styles.sunken)} style={{ width }} aria-label={title}>
      <header className={styles.head}>
        {icon}
        <h2 className={styles.title}>{title}</h2>
        {extra}
        {onClose && <IconButton icon={X} label={t("action.close")} onClick={onClose} />}
      </header>
      <div className={styles.content}>{children}</div>
      <div
        className={styles.edge}
        role="separator"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={t("builder.width_of", { name: title })}
        aria-valuenow={width}
        aria-valuemin={least}
        aria-valuemax={most}
        onPointerDown={grab}
        onPointerMove={move}
        onPointerUp={() => (from.current = null)}
        onKeyDown={keys}
      />
    </aside>
  );
}

function limited(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
