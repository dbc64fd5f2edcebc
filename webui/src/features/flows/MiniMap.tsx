import { useEffect, useState, type PointerEvent, type RefObject } from "react";
import styles from "./Canvas.module.css";

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  tone: string;
}

const WIDTH = 92;
const HEIGHT = 120;

/** The whole picture small, with the part that is in view; only where it does not fit. For the mouse: keys walk cards. */
export function MiniMap({ view, inner, stamp }: { view: RefObject<HTMLDivElement | null>; inner: RefObject<HTMLDivElement | null>; stamp: string }) {
  const [map, setMap] = useState<{ boxes: Box[]; shown: Box; scale: number } | null>(null);
  useEffect(() => {
    const outer = view.current;
    if (!outer) return undefined;
    const draw = () => setMap(mapOf(outer));
    const observer = new ResizeObserver(draw);
    observer.observe(outer);
    if (inner.current) observer.observe(inner.current);
    outer.addEventListener("scroll", draw, { passive: true });
    return () => {
      observer.disconnect();
      outer.removeEventListener("scroll", draw);
    };
  }, [inner, stamp, view]);
  if (!map) return null;
  const go = (event: PointerEvent<SVGSVGElement>) => {
    if (event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const outer = view.current;
    outer?.scrollTo({ left: (event.clientX - box.left) / map.scale - outer.clientWidth / 2, top: (event.clientY - box.top) / map.scale - outer.clientHeight / 2 });
  };
  return (
    <svg className={styles.map} width={WIDTH} height={HEIGHT} aria-hidden onPointerDown={go} onPointerMove={go}>
      {map.boxes.map((each, place) => <rect key={place} x={each.x} y={each.y} width={each.width} height={each.height} rx={2} className={styles[each.tone]} />)}
      <rect x={map.shown.x} y={map.shown.y} width={map.shown.width} height={map.shown.height} rx={3} className={styles.mapShown} />
    </svg>
  );
}

function mapOf(outer: HTMLDivElement): { boxes: Box[]; shown: Box; scale: number } | null {
  const { scrollWidth, scrollHeight, clientWidth, clientHeight } = outer;
  if (scrollWidth <= clientWidth + 1 && scrollHeight <= clientHeight + 1) return null;
  const scale = Math.min(WIDTH / scrollWidth, HEIGHT / scrollHeight);
  const origin = outer.getBoundingClientRect();
  const boxes = [...outer.querySelectorAll<HTMLElement>("[data-card]")].map((card) => {
    const at = card.getBoundingClientRect();
    return {
      x: (at.left - origin.left + outer.scrollLeft) * scale, y: (at.top - origin.top + outer.scrollTop) * scale,
      width: Math.max(3, at.width * scale), height: Math.max(2, at.height * scale), tone: card.ariaCurrent === "true" ? "mapChosen" : "mapCard",
    };
  });
  return { boxes, shown: { x: outer.scrollLeft * scale, y: outer.scrollTop * scale, width: clientWidth * scale, height: clientHeight * scale, tone: "" }, scale };
}
