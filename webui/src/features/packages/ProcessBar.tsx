import { ArrowLeft, Check } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { cx } from "@/ui/cx";
import { Logo } from "@/ui/Logo";
import styles from "./ProcessBar.module.css";

/** The dark bar of a process that fills the window: back, what it is about, and its steps. */
export function ProcessBar({ back, title, about, steps, step, children }: {
  back: string;
  title: string;
  about?: string;
  steps: readonly string[];
  step: number;
  children?: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <header className={styles.bar} data-theme-ink="">
      <Link to={back} className={styles.back} aria-label={t("action.back")}><ArrowLeft size={16} strokeWidth={1.75} aria-hidden /></Link>
      <Logo size={18} plain />
      <h1 className={styles.title}>{title}</h1>
      {about && <span className={styles.about}>{about}</span>}
      <ol className={styles.steps}>
        {steps.map((text, place) => (
          <li key={text} className={cx(styles.step, place === step && styles.here)} aria-current={place === step ? "step" : undefined}>
            {place < step ? <Check size={14} strokeWidth={2} aria-hidden /> : <span className="num">{place + 1}</span>}
            <span className={styles.word}>{text}</span>
          </li>
        ))}
      </ol>
      <div className={styles.rest}>{children}</div>
    </header>
  );
}
