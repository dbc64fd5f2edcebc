import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { formatShort } from "@/lib/formats";
import { keys } from "@/lib/keys";
import { useOffer } from "@/lib/offer";
import { records } from "@/lib/records";
import { textCodec, useUrlState } from "@/lib/url";
import type { AppEntity, WireRecord } from "@/lib/wire";
import { Counter } from "@/ui/Counter";
import { cx } from "@/ui/cx";
import { ErrorBoundary } from "@/ui/ErrorBoundary";
import { Activity } from "./Activity";
import { formFor, layoutOf, type LayoutSection } from "./formLayout";
import { RecordFields } from "./RecordFields";
import styles from "./RecordTabs.module.css";
import { RelatedList } from "./RelatedList";
import { relationFormula, relationsOf } from "./related";
import { LedgerTab } from "../ledger/LedgerTab";
import { useLedgersOf } from "../ledger/useLedgersOf";

const codec = textCodec();
const MOST_RELATED = 6;

/** The parts of a record: its fields by the tabs of its form, what refers to it, and its activity. */
export function RecordTabs({ entity, record, isPage = false }: { entity: AppEntity; record: WireRecord; isPage?: boolean }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const [chosen, setChosen] = useUrlState("tab", codec);
  const sections = layoutOf(entity, formFor(offer, entity));
  const relations = relationsOf(offer, entity).slice(0, MOST_RELATED);
  const counts = useQueries({
    queries: relations.map((relation) => ({
      queryKey: keys.sums(relation.entity.name, { of: relation.id, id: record.id }),
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const [row] = await records.aggregate(relation.entity.name, { n: "count" }, relationFormula(relation, record.id), "", signal);
        return Number(row?.n ?? 0);
      },
      staleTime: 30_000,
    })),
  });
  const ledgers = useLedgersOf(entity.name);
  const pages = pagesOf(sections);
  const doubled = (name: string) => relations.filter((relation) => relation.entity.name === name).length > 1;
  const tabs = [
    ...pages.map((page, index) => ({ id: index === 0 ? "" : `t${index}`, text: page.label || t("record.overview"), count: undefined as number | undefined })),
    ...ledgers.map((ledger) => ({ id: `ledger.${ledger.name}`, text: labelText(ledger.label), count: undefined })),
    ...relations.map((relation, index) => ({
      id: relation.id,
      text: labelText(relation.entity.label) + (doubled(relation.entity.name) ? ` · ${labelText(relation.field.label)}` : ""),
      count: counts[index]?.data,
    })),
    ...(entity.has_history ? [{ id: "activity", text: t("record.activity"), count: undefined }] : []),
  ];
  const current = tabs.find((tab) => tab.id === chosen) ?? tabs[0]!;
  const relation = relations.find((each) => each.id === current.id);
  const ledger = ledgers.find((each) => `ledger.${each.name}` === current.id);
  const place = current.id === "" ? 0 : Number(/^t(\d+)$/.exec(current.id)?.[1] ?? -1);
  return (
    <>
      <div className={cx(styles.tabs, isPage && styles.page)} role="tablist">
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            aria-selected={tab === current}
            tabIndex={tab === current ? 0 : -1}
            className={styles.tab}
            onClick={() => setChosen(tab.id, { replace: true })}
            onKeyDown={(event) => {
              const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              const next = tabs[tabs.indexOf(tab) + step];
              if (!step || !next) return;
              setChosen(next.id, { replace: true });
              (event.currentTarget.parentElement?.children[tabs.indexOf(next)] as HTMLElement | undefined)?.focus();
            }}
          >
            {tab.text}
            {tab.count !== undefined && tab.count > 0 && <Counter>{formatShort(tab.count)}</Counter>}
          </button>
        ))}
      </div>
      <div className={cx(styles.content, isPage && styles.page)} role="tabpanel" aria-label={current.text}>
        <ErrorBoundary resetKey={`${record.ref}${current.id}`}>
          {pages[place] && <RecordFields sections={pages[place].sections} record={record} isWide={isPage} />}
          {ledger && <LedgerTab ledger={ledger} holder={record.ref} />}
          {relation && <RelatedList relation={relation} id={record.id} columns={isPage ? 7 : 4} />}
          {current.id === "activity" && <Activity entity={entity} recordKey={record.ref} />}
        </ErrorBoundary>
      </div>
    </>
  );
}

/** Sections with the same tab stand on one page; those without stand on the first. */
function pagesOf(sections: readonly LayoutSection[]): { label: string; sections: LayoutSection[] }[] {
  const pages = new Map<string, LayoutSection[]>([["", []]]);
  for (const section of sections) {
    const label = labelText(section.tab);
    pages.set(label, [...(pages.get(label) ?? []), section]);
  }
  const found = [...pages].filter(([, inside]) => inside.length > 0).map(([label, inside]) => ({ label, sections: inside }));
  return found.length ? found : [{ label: "", sections: [] }];
}
