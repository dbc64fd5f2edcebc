import { AvatarTile } from "@/ui/AvatarTile";
import { Kbd } from "@/ui/Kbd";
import styles from "./Palette.module.css";
import type { Hit } from "./paletteHits";

/** One line of the palette; what fits is marked. */
export function PaletteHit({ id, hit, text, isChosen, onHover, onRun }: {
  id: string;
  hit: Hit;
  text: string;
  isChosen: boolean;
  onHover: () => void;
  onRun: (newTab: boolean) => void;
}) {
  const Icon = hit.icon;
  return (
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      className={styles.hit}
      onMouseMove={onHover}
      onClick={(event) => onRun(event.ctrlKey || event.metaKey)}
    >
      {hit.record ? (
        <AvatarTile name={hit.title} identity={hit.identity ?? hit.id} size={24} />
      ) : (
        <span className={styles.icon}>{Icon && <Icon size={14} strokeWidth={1.75} aria-hidden />}</span>
      )}
      <span className={styles.name}><Marked text={hit.title} wanted={text.replace(/^[>#?]\s*/, "")} /></span>
      <span className={styles.detail}>{hit.detail}</span>
      <span className={styles.keys}>{isChosen ? <Kbd keys="enter" /> : hit.keys && <Kbd keys={hit.keys} />}</span>
    </div>
  );
}

function Marked({ text, wanted }: { text: string; wanted: string }) {
  const at = wanted ? text.toLowerCase().indexOf(wanted.toLowerCase()) : -1;
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark className={styles.mark}>{text.slice(at, at + wanted.length)}</mark>
      {text.slice(at + wanted.length)}
    </>
  );
}
