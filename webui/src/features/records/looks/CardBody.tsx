import { titleOf } from "@/fields/titles";
import { ValueDisplay } from "@/fields/ValueDisplay";
import { fileOf } from "@/fields/file/type";
import type { AppEntity, WireRecord } from "@/lib/wire";
import { valueAt } from "@/render/list/GridCell";
import { isNothing, type Shown } from "./look";
import styles from "./Looks.module.css";

/** The fields of a record on a card, one a line, with their names for those who do not see. */
export function CardFields({ record, shown }: { record: WireRecord; shown: readonly Shown[] }) {
  const told = shown.filter(({ path }) => !isNothing(record, path));
  if (told.length === 0) return null;
  return (
    <dl className={styles.fields}>
      {told.map(({ path, label, field }) => {
        const { value, holder } = valueAt(record, path);
        return (
          <div key={path} className={styles.field}>
            <dt>{label}</dt>
            <dd className="num"><ValueDisplay field={field} value={value} record={holder} place="row" /></dd>
          </div>
        );
      })}
    </dl>
  );
}

/** The picture that a record holds, null when it holds none. */
export function pictureOf(record: WireRecord, name: string): string | null {
  const file = name ? fileOf(record[name]) : null;
  return file?.media_type.startsWith("image/") ? `/api/v1/files/${file.id}` : null;
}

/** A picture for the eye only: the title beside it says what it is. */
export function Picture({ entity, record, name }: { entity: AppEntity; record: WireRecord; name: string }) {
  const source = pictureOf(record, name);
  if (!source) return <span className={styles.noPicture} aria-hidden>{titleOf(entity, record).slice(0, 1)}</span>;
  return <img className={styles.picture} src={source} alt="" loading="lazy" draggable={false} />;
}
