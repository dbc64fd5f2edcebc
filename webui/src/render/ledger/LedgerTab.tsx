import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { CircleHelp } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ReferenceName } from "@/fields/reference/ReferenceName";
import { formatInstant, formatNumber } from "@/lib/formats";
import { currentLanguage, labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { textCodec, useUrlState } from "@/lib/url";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { KeyFigures } from "@/ui/KeyFigures";
import { SkeletonRows } from "@/ui/Skeleton";
import { ledgerApi, ledgerKeys, unitsText, type Ledger, type Movement } from "./ledgerApi";
import styles from "./LedgerTab.module.css";
import { WhyPanel } from "./WhyPanel";

const whyCodec = textCodec();

/** A holder's account: its figures, and every movement with the balance after it; each can be asked why. */
export function LedgerTab({ ledger, holder }: { ledger: Ledger; holder: string }) {
  const { t } = useTranslation();
  const [why, setWhy] = useUrlState("why", whyCodec);
  const account = useQuery({ queryKey: ledgerKeys.account(ledger.name, holder), queryFn: ({ signal }) => ledgerApi.account(ledger.name, holder, signal) });
  const pages = useInfiniteQuery({
    queryKey: ledgerKeys.movements(ledger.name, holder),
    queryFn: ({ pageParam, signal }) => ledgerApi.movements(ledger.name, holder, pageParam || undefined, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const movements = useMemo(() => (pages.data?.pages ?? []).flatMap((page) => page.data), [pages.data]);
  const months = useMemo(() => byMonth(movements, Number(account.data?.balance ?? 0), ledger.scale), [account.data, ledger.scale, movements]);
  const asked = movements.find((each) => String(each.id) === why);
  if (pages.isLoading) return <SkeletonRows rows={6} rowHeight={52} />;
  if (pages.error) return <ErrorBlock error={pages.error} onRetry={() => void pages.refetch()} />;
  return (
    <div className={cx(styles.tab, asked && styles.split)}>
      <div className={styles.main}>
        {account.data && (
          <KeyFigures
            figures={(["available", "pending", "debt"] as const)
              .filter((each) => each === "available" || Number(account.data[each] ?? 0) !== 0)
              .map((each) => ({ id: each, label: t(`ledger.${each}`), value: formatNumber(account.data[each]) }))}
          />
        )}
        {movements.length === 0 && <EmptyState title={t("ledger.none", { name: labelText(ledger.label) })} />}
        {months.map((month) => (
          <section key={month.name} aria-label={month.name}>
            <h3 className={styles.month}>{month.name}<span className={styles.quiet}>{t("ledger.net", { value: signed(month.net, ledger.scale) })}</span></h3>
            <ol className={styles.list}>
              {month.movements.map(({ movement, balance }) => (
                <MovementLine key={movement.id} movement={movement} balance={balance} ledger={ledger} isAsked={movement === asked}
                  onWhy={() => setWhy(movement === asked ? "" : String(movement.id), { replace: true })} />
              ))}
            </ol>
          </section>
        ))}
        {pages.hasNextPage && <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>{t("ledger.more")}</Button>}
      </div>
      {asked && <WhyPanel movement={asked} ledger={ledger} onClose={() => setWhy("", { replace: true })} />}
    </div>
  );
}

function MovementLine({ movement, balance, ledger, isAsked, onWhy }: {
  movement: Movement;
  balance: number;
  ledger: Ledger;
  isAsked: boolean;
  onWhy: () => void;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const entity = movement.entity ? offer.entity(movement.entity) : undefined;
  const isGain = movement.effect > 0;
  const name = useMovementName(movement);
  return (
    <li className={cx(styles.line, isAsked && styles.asked)}>
      <span className={cx(styles.stone, isGain && styles.gain)} aria-hidden />
      <span className={styles.what}>
        <span className={styles.name}>{name}</span>
        <span className={styles.quiet}>
          {entity && movement.document_id !== null ? (
            <>{labelText(entity.label)} <ReferenceName to={entity.name} value={movement.document_id} isLink /></>
          ) : isKind(movement.kind) && t(`ledger.kind.${movement.kind}`)}
          {movement.corrects !== null && ` · ${t("ledger.correction")}`}
        </span>
      </span>
      <button type="button" className={styles.why} onClick={onWhy} aria-expanded={isAsked}>
        <CircleHelp size={14} strokeWidth={1.75} aria-hidden />
        {t("ledger.why", { value: formatNumber(unitsText(Math.abs(movement.effect), ledger.scale)) })}
      </button>
      <span className={styles.amount}>
        <span className={isGain ? styles.more : undefined}>{signed(movement.effect, ledger.scale)}</span>
        <span className={styles.quiet}>{t("ledger.left", { value: formatNumber(unitsText(balance, ledger.scale)) })}</span>
      </span>
      <time className={styles.at} dateTime={movement.business_at} title={t("ledger.posted_at", { at: formatInstant(movement.posted_at) })}>
        {formatInstant(movement.business_at, { brief: true })}
      </time>
    </li>
  );
}

/** What a movement is called: its step's label, else what kind of move it is. */
export function useMovementName(movement: Movement): string {
  const { t } = useTranslation();
  const move = MOVES.find((each) => each === movement.move);
  return labelText(movement.label) || (move ? t(`ledger.move.${move}`) : movement.name);
}

const MOVES = ["grant", "take", "restore", "expire", "extend", "freeze", "transfer", "settle", "open", "hold"] as const;
const KINDS = ["document", "lapse", "due", "fact", "change", "transfer"] as const;

function isKind(kind: string): kind is (typeof KINDS)[number] {
  return KINDS.some((each) => each === kind);
}

export function signed(units: number, scale: number): string {
  const text = formatNumber(unitsText(Math.abs(units), scale));
  return units > 0 ? `+${text}` : units < 0 ? `−${text}` : text;
}

interface Month {
  name: string;
  net: number;
  movements: { movement: Movement; balance: number }[];
}

/** Movements by the month of their business day, each with the balance that it left; the latest posted comes first. */
function byMonth(movements: readonly Movement[], balance: number, scale: number): Month[] {
  const months: Month[] = [];
  let left = Math.round(balance * 10 ** scale);
  for (const movement of movements) {
    const name = monthName(movement.business_on);
    let month = months.at(-1);
    if (!month || month.name !== name) months.push((month = { name, net: 0, movements: [] }));
    month.net += movement.effect;
    month.movements.push({ movement, balance: left });
    left -= movement.effect;
  }
  return months;
}

function monthName(day: string): string {
  const at = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  return new Intl.DateTimeFormat(currentLanguage(), { year: "numeric", month: "long", timeZone: "UTC" }).format(at);
}
