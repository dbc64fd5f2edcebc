import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useOffer } from "@/lib/offer";
import { Note } from "@/ui/Note";
import { askedForCards, type LookProps, shownOf } from "./look";
import styles from "./Looks.module.css";
import { TreeLevel } from "./TreeLevel";

/** Records below one another. With conditions, what they find stands flat, each with the way to it. */
export function TreeLook(props: LookProps) {
  const { entity, layout, filter, isFiltered, sort } = props;
  const { t } = useTranslation();
  const offer = useOffer();
  const shown = useMemo(() => shownOf(offer, entity, layout), [offer, entity, layout]);
  const [expanded, setExpanded] = useState<ReadonlySet<number>>(new Set());
  const tree = useRef<HTMLDivElement>(null);
  const parent = layout.parent;
  const base = askedForCards(entity, shown, [parent]);
  const expand = isFiltered ? [...base.expand, parent, `${parent}.${parent}`] : base.expand.filter((path) => path !== parent);
  const toggle = (id: number, on: boolean) =>
    setExpanded((now) => {
      const next = new Set(now);
      if (on) next.add(id);
      else next.delete(id);
      return next;
    });
  const walk = (event: KeyboardEvent<HTMLElement>) => {
    const lines = [...(tree.current?.querySelectorAll<HTMLElement>('[role="treeitem"]') ?? [])];
    const here = (event.target as HTMLElement).closest<HTMLElement>('[role="treeitem"]');
    const at = here ? lines.indexOf(here) : -1;
    if (!here || at < 0) return;
    const id = Number(here.dataset.id);
    const isOpen = here.getAttribute("aria-expanded");
    const level = Number(here.getAttribute("aria-level"));
    const above = lines.slice(0, at).reverse().find((each) => Number(each.getAttribute("aria-level")) < level);
    const ways: Record<string, () => void> = {
      ArrowDown: () => lines[at + 1]?.focus(),
      ArrowUp: () => lines[at - 1]?.focus(),
      Home: () => lines[0]?.focus(),
      End: () => lines.at(-1)?.focus(),
      ArrowRight: () => (isOpen === "false" ? toggle(id, true) : isOpen === "true" ? lines[at + 1]?.focus() : undefined),
      ArrowLeft: () => (isOpen === "true" ? toggle(id, false) : above?.focus()),
      Enter: () => here.click(),
      " ": () => here.click(),
    };
    const way = ways[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    way();
  };
  return (
    <div className={styles.look}>
      {isFiltered && <div className={styles.note}><Note tone="neu">{t("looks.flat")}</Note></div>}
      <div ref={tree} className={styles.tree} role="tree" aria-label={t("looks.tree")} onKeyDown={walk}>
        <TreeLevel
          {...props}
          shown={shown}
          asked={{ filter, sort, fields: base.fields, expand }}
          under={isFiltered ? undefined : null}
          level={1}
          expanded={expanded}
          onToggle={toggle}
        />
      </div>
    </div>
  );
}
