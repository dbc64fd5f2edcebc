import { useTranslation } from "react-i18next";
import { Logo } from "@/ui/Logo";
import { Panel } from "@/ui/Panel";
import { Tag } from "@/ui/Tag";
import styles from "./Gallery.module.css";

const GROUNDS = [
  ["canvas", "bg"], ["surface", "surface"], ["sunken", "sunken"], ["raised", "raised"], ["hover", "hover"],
  ["selected", "selected"], ["line", "line"], ["line2", "line2"], ["line3", "line3"], ["text", "text"],
  ["text2", "text2"], ["text3", "text3"],
] as const;
const STONES = ["pri", "ok", "warn", "err", "vio", "teal"] as const;
const SIZES = [[28, 36, 600], [20, 28, 600], [16, 24, 600], [14, 22, 400], [13, 20, 400], [12, 18, 400]] as const;
const SPACES = [4, 8, 12, 16, 20, 24, 32];

/** Colours, sizes of type and steps of space. */
export function ColourPanel() {
  const { t } = useTranslation();
  return (
    <Panel className={styles.card}>
      <h2 className={`${styles.title} ${styles.head}`}><Logo size={24} />{t("gallery.colours")}</h2>
      <div className={styles.swatches}>
        {GROUNDS.map(([key, name]) => (
          <div key={name} className={styles.swatch}>
            <span className={styles.block} style={{ background: `var(--${name})` }} />
            <span>
              {t(`gallery.${key}`)}
              <span className={`${styles.name} mono`}>{name}</span>
            </span>
          </div>
        ))}
      </div>
      {STONES.map((stone) => (
        <div key={stone} className={styles.stone}>
          <span>{t(`gallery.${stone}`)}</span>
          {["", "S", "L", "T"].map((part) => (
            <span key={part}>
              <span className={styles.solid} style={{ background: `var(--${stone}${part})` }} />
              <small>{stone + part}</small>
            </span>
          ))}
          <span><Tag tone={stone}>{t("gallery.tag")}</Tag></span>
        </div>
      ))}
      <h2 className={styles.title} style={{ marginTop: 12 }}>{t("gallery.type")}</h2>
      {SIZES.map(([size, line, weight]) => (
        <div key={size} className={styles.scale}>
          <span className={`mono ${styles.muted}`}>{`${size} / ${line}`}</span>
          <span className="num" style={{ fontSize: size, lineHeight: `${line}px`, fontWeight: weight }}>
            {`${t("gallery.sample")} 12,846 Aa`}
          </span>
        </div>
      ))}
      <h2 className={styles.title} style={{ marginTop: 16 }}>{t("gallery.space")}</h2>
      <div className={styles.spaces}>
        {SPACES.map((space) => (
          <span key={space}>
            <span className={styles.space} style={{ width: space, height: space }} />
            <span className={`${styles.name} mono`}>{space}</span>
          </span>
        ))}
      </div>
    </Panel>
  );
}
