import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { titleOf } from "@/fields/titles";
import { useOffer } from "@/lib/offer";
import { useRows } from "@/render/list/useRows";
import { cx } from "@/ui/cx";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { CardFields, Picture } from "./CardBody";
import { askedForCards, type LookProps, shownOf } from "./look";
import styles from "./Looks.module.css";

const LEAST_WIDTH = 208;
const GAP = 12;
const PADDING = 16;
const LINE = 20;

/** Cards with a picture, a title and a few fields; any number of them, drawn as far as they are seen. */
export function GalleryLook({ entity, layout, filter, sort, open, onOpen, count }: LookProps) {
  const { t } = useTranslation();
  const offer = useOffer();
  const shown = useMemo(() => shownOf(offer, entity, layout), [offer, entity, layout]);
  const asked = { filter, sort, ...askedForCards(entity, shown, [layout.picture]) };
  const query = useRows(entity.name, asked);
  const { rows, hasNextPage, isFetching, fetchNextPage } = query;
  const scroller = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  const isReady = query.isSuccess;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const watch = new ResizeObserver(() => setRoom(element.clientWidth));
    watch.observe(element);
    setRoom(element.clientWidth);
    return () => watch.disconnect();
  }, [isReady]);
  const across = Math.max(1, Math.floor((room - 2 * PADDING + GAP) / (LEAST_WIDTH + GAP)));
  const lines = Math.ceil(rows.length / across);
  const width = Math.floor((room - 2 * PADDING - (across - 1) * GAP) / across);
  const height = Math.round(width * 0.62) + 52 + shown.length * LINE;
  const virtual = useVirtualizer({ count: lines, getScrollElement: () => scroller.current, estimateSize: () => height + GAP, overscan: 3, paddingStart: PADDING, paddingEnd: PADDING });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetching && last >= lines - 3) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage, last, lines]);
  if (query.isError && rows.length === 0) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <SkeletonRows rows={4} rowHeight={160} />;
  const walk = (event: KeyboardEvent<HTMLElement>) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = Number(event.currentTarget.dataset.at) + by;
    if (next < 0 || next >= rows.length) return;
    virtual.scrollToIndex(Math.floor(next / across), { align: "auto" });
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus());
  };
  return (
    <div ref={scroller} className={styles.gallery} tabIndex={-1}>
      <ul className={styles.pictures} style={{ height: virtual.getTotalSize() }} aria-label={t("looks.gallery_of", { count: count ?? rows.length })}>
        {items.flatMap((item) =>
          rows.slice(item.index * across, (item.index + 1) * across).map((record, place) => (
            <li
              key={record.id}
              className={cx(styles.tile, open === record.ref && styles.current)}
              style={{ width, height, transform: `translate(${PADDING + place * (width + GAP)}px, ${item.start}px)` }}
            >
              <Picture entity={entity} record={record} name={layout.picture} />
              <button type="button" className={styles.cardTitle} data-at={item.index * across + place} onKeyDown={walk} onClick={() => onOpen(record)} onDoubleClick={() => onOpen(record, "page")}>
                {titleOf(entity, record)}
              </button>
              <CardFields record={record} shown={shown} />
            </li>
          )),
        )}
      </ul>
    </div>
  );
}
