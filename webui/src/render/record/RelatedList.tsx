import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { titleOf } from "@/fields/titles";
import { addresses, baseOf } from "@/lib/addresses";
import { inText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { useOffer } from "@/lib/offer";
import { records } from "@/lib/records";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonRows } from "@/ui/Skeleton";
import { allColumns, askedFor, defaultIds } from "../list/columns";
import { valueAt } from "../list/GridCell";
import { type Relation, relationFilter, relationFormula } from "./related";
import styles from "./RelatedList.module.css";

const MOST = 20;

/** The records that refer to this one: the latest of them, and the way to all. */
export function RelatedList({ relation, id, columns: most = 4 }: { relation: Relation; id: number; columns?: number }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const { pathname } = useLocation();
  const base = baseOf(pathname);
  const { entity, field } = relation;
  const view = offer.viewsOf(entity.name)[0];
  const shown = defaultIds(entity, view);
  const columns = allColumns(offer, entity, view)
    .filter((column) => column.path !== "" && shown.includes(column.id) && column.path.split(".")[0] !== field.name)
    .slice(0, most);
  const asked = { filter: relationFormula(relation, id), sort: view?.sort.filter((each) => !each.is_column).map((each) => (each.descending ? `-${each.by}` : each.by)) ?? ["-id"], limit: MOST, ...askedFor(entity, columns) };
  const query = useQuery({
    queryKey: keys.list(entity.name, asked),
    queryFn: ({ signal }) => records.list(entity.name, asked, signal),
  });
  if (query.isPending) return <SkeletonRows rows={4} />;
  if (query.isError) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  const rows = query.data.data;
  if (rows.length === 0) return <p className={styles.none}>{t("record.related_empty", { what: inText(entity.label) })}</p>;
  const all = `${addresses.entity(base, entity.name)}?f=${encodeURIComponent(relationFilter(relation, id))}`;
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map((column) => <th key={column.id} className={column.isRight ? styles.right : undefined}>{column.label}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              {columns.map((column, index) => {
                const { value, holder } = valueAt(row, column.path);
                const content = <ValueDisplay field={column.field!} value={value} record={holder} place="row" />;
                return (
                  <td key={column.id} className={column.isRight ? styles.right : undefined}>
                    {index === 0 ? <Link to={addresses.record(base, entity.name, row.ref)}>{column.isTitle ? titleOf(entity, row) : content}</Link> : content}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.foot}><Link to={all}>{t("record.related_all")}</Link></p>
    </div>
  );
}
