import { useTranslation } from "react-i18next";
import { AvatarTile } from "@/ui/AvatarTile";
import { Counter } from "@/ui/Counter";
import { EmptyState } from "@/ui/EmptyState";
import { Logo } from "@/ui/Logo";
import { Mosaic } from "@/ui/Mosaic";
import { Note } from "@/ui/Note";
import { Panel } from "@/ui/Panel";
import { Progress } from "@/ui/Progress";
import { SkeletonRows } from "@/ui/Skeleton";
import { Zap } from "lucide-react";
import { ColourPanel } from "./ColourPanel";
import { ControlsPanel } from "./ControlsPanel";
import styles from "./Gallery.module.css";
import { SampleTable } from "./SampleTable";
import { WordsPanel } from "./WordsPanel";

/** Every component and token of the design, alive. */
export function GalleryPage() {
  const { t } = useTranslation();
  return (
    <main className={styles.page} aria-label={t("gallery.title")}>
      <ColourPanel />
      <div className={styles.column}>
        <ControlsPanel />
        <WordsPanel />
        <Panel className={styles.card}>
          <h2 className={styles.title}>{t("gallery.notes")}</h2>
          <div className={styles.notes}>
            <Note tone="pri">{t("gallery.note_info")}</Note>
            <Note tone="ok">{t("gallery.note_ok")}</Note>
            <Note tone="warn">{t("gallery.note_warn")}</Note>
            <Note tone="err">{t("gallery.note_err")}</Note>
            <Note tone="neu">{t("gallery.note_neu")}</Note>
          </div>
        </Panel>
        <Panel title={t("gallery.states")}>
          <div data-sample=""><SkeletonRows rows={3} /></div>
          <EmptyState isDone title={t("gallery.done")}>{t("gallery.done_text")}</EmptyState>
        </Panel>
      </div>
      <div className={styles.column}>
        <SampleTable />
        <Panel className={styles.card}>
          <h2 className={styles.title}>{t("gallery.depth")}</h2>
          <div className={styles.radii}>
            {[4, 6, 8, 12].map((radius) => (
              <figure key={radius}>
                <span className={styles.radius} style={{ borderRadius: radius }} />
                <figcaption className="mono">{radius}</figcaption>
              </figure>
            ))}
          </div>
          <div className={styles.depths}>
            {["sh1", "sh2", "sh3"].map((name) => (
              <span key={name} className={`${styles.depth} mono`} style={{ boxShadow: `var(--${name})` }}>{name}</span>
            ))}
          </div>
        </Panel>
        <Panel className={styles.card}>
          <h2 className={styles.title}>{t("gallery.mosaic")}</h2>
          <div className={styles.mosaics}>
            <Mosaic />
            <div>
              <Logo size={40} />
              <div className={styles.logos}>
                <Logo size={16} /> 16 <Logo size={20} /> 20
              </div>
            </div>
          </div>
          <p className={styles.muted}>{t("gallery.mosaic_text")}</p>
          <div className={styles.rest}>
            <Progress value={0.63} label={t("gallery.sample")} />
            <Counter>86</Counter>
            <AvatarTile name={t("gallery.person1")} identity={1} tone="pri" size={24} />
            <AvatarTile name={t("gallery.person3")} identity={2} tone="ok" size={24} />
            <AvatarTile name="" identity={3} tone="warn" size={24} icon={<Zap size={14} strokeWidth={1.75} />} />
          </div>
        </Panel>
        <Panel>
          <EmptyState title={t("gallery.nothing")}>{t("gallery.nothing_text")}</EmptyState>
        </Panel>
      </div>
    </main>
  );
}
