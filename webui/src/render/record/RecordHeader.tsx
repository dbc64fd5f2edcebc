import { ValueDisplay } from "@/fields/ValueDisplay";
import { isBlank } from "@/fields/fieldType";
import { typeOf } from "@/fields/registry";
import { subtitleOf, titleOf } from "@/fields/titles";
import { labelText } from "@/lib/i18n";
import type { AppEntity, AppField, WireRecord } from "@/lib/wire";
import { AvatarTile } from "@/ui/AvatarTile";
import { type Figure, KeyFigures } from "@/ui/KeyFigures";
import type { ReactNode } from "react";
import styles from "./RecordHeader.module.css";

const MOST = 4;
const DERIVED = new Set(["balance", "rollup", "formula", "money", "decimal"]);

/** The figures that say most about a record: balances and rollups first, then amounts. */
export function keyFields(entity: AppEntity, most = MOST): AppField[] {
  const weight = (field: AppField) => ["balance", "rollup", "formula", "money", "decimal"].indexOf(field.type);
  return entity.fields
    .filter((field) => DERIVED.has(field.type) && (field.value.kind === "number" || field.type === "money" || field.type === "decimal"))
    .sort((one, other) => weight(one) - weight(other))
    .slice(0, most);
}

/** Tile, title, state and key of a record, its key figures in one strip, and what can be done. */
export function RecordHeader({ entity, record, actions, isPage = false }: {
  entity: AppEntity;
  record: WireRecord;
  actions?: ReactNode;
  isPage?: boolean;
}) {
  const title = titleOf(entity, record);
  const state = entity.states && entity.fields.find((field) => field.name === entity.states?.field);
  const below = subtitleOf(entity, record);
  const figures: Figure[] = keyFields(entity, isPage ? MOST : 3).map((field) => ({
    id: field.uid,
    label: labelText(field.label),
    value: isBlank(record[field.name]) ? "—" : typeOf(field).Display && <ValueDisplay field={field} value={record[field.name]} record={record} place="row" />,
  }));
  return (
    <div className={isPage ? styles.page : styles.panel}>
      <div className={styles.head}>
        <AvatarTile name={title} identity={record.ref} size={isPage ? 56 : 44} />
        <div className={styles.text}>
          <div className={styles.line}>
            <h2 className={isPage ? styles.big : styles.title}>{title}</h2>
            {state && <ValueDisplay field={state} value={record[state.name]} record={record} place="row" />}
          </div>
          {below && <p className={`${styles.below} num`}>{below}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {figures.length > 0 && <div className={styles.figures}><KeyFigures figures={figures} /></div>}
    </div>
  );
}
