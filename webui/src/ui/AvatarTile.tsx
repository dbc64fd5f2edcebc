import type { ReactNode } from "react";
import styles from "./AvatarTile.module.css";
import { cx } from "./cx";
import { type Tone, toneOf } from "./tone";
import tones from "./tones.module.css";

/** A rounded square with the first letter of a name; its hue comes from the identity, so it never changes. */
export function AvatarTile({ name, identity, size = 20, icon, tone }: {
  name: string;
  identity: string | number;
  size?: 20 | 24 | 28 | 32 | 44 | 56;
  icon?: ReactNode;
  tone?: Tone;
}) {
  const letter = [...name.trim()][0]?.toLocaleUpperCase() ?? "";
  return (
    <span className={cx(styles.tile, styles[`s${size}`], tones[tone ?? toneOf(identity)])} aria-hidden data-tile="">
      {icon ?? letter}
    </span>
  );
}
