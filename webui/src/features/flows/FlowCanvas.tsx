import { Flag, Maximize, Minus, Plus } from "lucide-react";
import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { cx } from "@/ui/cx";
import { IconButton } from "@/ui/IconButton";
import styles from "./Canvas.module.css";
import { CanvasContext, type CanvasState } from "./CanvasContext";
import { Card } from "./Card";
import { nameOfDocument, useDesigner } from "./designer";
import { STEPS, TRIGGER } from "./flowModel";
import { triggerIcon } from "./icons";
import { MiniMap } from "./MiniMap";
import { Steps } from "./Steps";

const ZOOMS = [0.5, 0.65, 0.8, 0.9, 1, 1.15, 1.3];
const PLAIN = 4;
const SMALLEST_BY_ITSELF = 2;

/** The picture of a flow: its trigger, and cards one below the other. Arrows walk the cards, Enter opens one. */
export function FlowCanvas({ state, onKey }: { state: CanvasState; onKey?: (event: KeyboardEvent, pointer: string) => void }) {
  const { t } = useTranslation();
  const designer = useDesigner();
  const { body, kinds } = designer;
  const [zoom, setZoom] = useState(PLAIN);
  const view = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const kind = kinds.trigger(body.trigger.on);
  const summary = useMemo(() => {
    const parts = [body.trigger.entity && nameOfDocument(designer, "entity", body.trigger.entity), body.trigger.when];
    return parts.filter(Boolean).join(" · ");
  }, [body.trigger, designer]);
  const walk = (event: KeyboardEvent<HTMLDivElement>) => {
    const card = (event.target as HTMLElement).closest<HTMLElement>("[data-card]");
    if (!card) return;
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (way && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const all = [...(view.current?.querySelectorAll<HTMLElement>("[data-card]") ?? [])];
      all[all.indexOf(card) + way]?.focus();
      return;
    }
    onKey?.(event, card.dataset.card ?? "");
  };
  const fit = (least: number) => {
    const [outer, wide] = [view.current?.clientWidth ?? 0, view.current?.scrollWidth ?? 1];
    const wanted = wide > outer ? (outer / wide) * (ZOOMS[zoom] ?? 1) : 1;
    setZoom(Math.max(least, ZOOMS.findLastIndex((each) => each <= Math.min(1, wanted))));
  };
  const first = useRef(fit);
  // What does not fit is shown a little smaller at first, never too small to read.
  useLayoutEffect(() => first.current(SMALLEST_BY_ITSELF), []);
  return (
    <CanvasContext value={state}>
      <div className={styles.frame}>
        {/* The picture scrolls, so it can be reached by the keyboard. */}
        <div ref={view} className={styles.view} onKeyDown={walk} tabIndex={-1} role="group" aria-label={t("flows.picture")}>
          <div ref={inner} className={styles.inner} style={{ zoom: ZOOMS[zoom] }}>
            <Card pointer={TRIGGER} icon={triggerIcon(body.trigger.on)} tone="warn" kind={t("flows.trigger")} name={kind ? labelText(kind.label) : body.trigger.on}
              summary={summary} mark={state.markOf(TRIGGER, null)} canMove={false} />
            <Steps steps={body.steps} block={STEPS} label={t("flows.steps")} />
            <span className={styles.end}><Flag size={14} strokeWidth={1.75} aria-hidden />{t("flows.end")}</span>
          </div>
        </div>
        <div className={cx(styles.zoom)} role="group" aria-label={t("flows.zoom")}>
          <IconButton icon={Plus} label={t("flows.zoom_in")} disabled={zoom === ZOOMS.length - 1} onClick={() => setZoom(zoom + 1)} placement="top" />
          <IconButton icon={Minus} label={t("flows.zoom_out")} disabled={zoom === 0} onClick={() => setZoom(zoom - 1)} placement="top" />
          <IconButton icon={Maximize} label={t("flows.zoom_fit")} onClick={() => fit(0)} placement="top" />
        </div>
        <MiniMap view={view} inner={inner} stamp={`${zoom}${JSON.stringify(body.steps).length}${state.selected}`} />
      </div>
    </CanvasContext>
  );
}
