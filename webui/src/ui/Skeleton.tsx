import { useTranslation } from "react-i18next";
import { useLasting } from "@/lib/time";
import styles from "./Skeleton.module.css";

/** A grey bar in the place of a text. width: CSS length. */
export function SkeletonBar({ width = "60%", height = 9 }: { width?: string; height?: number }) {
  return <span className={styles.bar} style={{ width, height }} />;
}

const WIDTHS = [
  ["31%", "16%", "21%"], ["26%", "14%", "29%"], ["37%", "16%", "17%"], ["27%", "14%", "24%"], ["28%", "12%", "17%"],
];

/** Rows of a list that is loading. Nothing for 200 ms, a sentence after 5 s. */
export function SkeletonRows({ rows = 8, rowHeight = 36 }: { rows?: number; rowHeight?: number }) {
  const { t } = useTranslation();
  const isShown = useLasting(true, 200);
  const isLong = useLasting(true, 5_000);
  return (
    <div className={styles.rows} aria-busy="true" aria-live="polite">
      <span className="visually-hidden">{t("state.loading")}</span>
      {isShown &&
        Array.from({ length: rows }, (_, index) => (
          <div key={index} className={styles.row} style={{ height: rowHeight }} aria-hidden>
            <span className={styles.tile} />
            {WIDTHS[index % WIDTHS.length]!.map((width, place) => (
              <span key={place} className={styles.cell}>
                <span className={styles.bar} style={{ width, minWidth: 40 }} />
              </span>
            ))}
          </div>
        ))}
      {isLong && <p className={styles.long}>{t("state.loading_long")}</p>}
    </div>
  );
}

/** A form or record that is loading. */
export function SkeletonForm({ fields = 6 }: { fields?: number }) {
  const { t } = useTranslation();
  const isShown = useLasting(true, 200);
  return (
    <div className={styles.form} aria-busy="true" aria-live="polite">
      <span className="visually-hidden">{t("state.loading")}</span>
      {isShown &&
        Array.from({ length: fields }, (_, index) => (
          <div key={index} className={styles.field} aria-hidden>
            <SkeletonBar width="24%" />
            <SkeletonBar width={index % 2 ? "70%" : "52%"} height={12} />
          </div>
        ))}
    </div>
  );
}
