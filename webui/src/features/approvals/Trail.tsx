import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { listText } from "@/lib/problems";
import { AvatarTile } from "@/ui/AvatarTile";
import { cx } from "@/ui/cx";
import { Tag } from "@/ui/Tag";
import type { Tone } from "@/ui/tone";
import type { Deed } from "./approvalsApi";
import styles from "./Trail.module.css";

const TONES: Record<string, Tone> = { agree: "ok", reject: "err", return: "warn", withdraw: "warn", not_applied: "err", not_told: "warn" };
const KINDS = [
  "start", "agree", "reject", "return", "resubmit", "transfer", "add_signer", "copy", "comment", "urge", "withdraw", "undo", "reassign",
  "cancel", "escalate", "timeout", "not_applied", "not_told",
] as const;
const wordOf = (kind: string) => KINDS.find((each) => each === kind) ?? "other";

/** Everything that was done and said, in its order. */
export function Trail({ deeds }: { deeds: readonly Deed[] }) {
  const { t } = useTranslation();
  return (
    <section className={styles.trail} aria-label={t("approvals.trail")}>
      <h2 className={styles.title}>{t("approvals.trail")}</h2>
      {deeds.length === 0 && <p className={styles.none}>{t("approvals.no_trail")}</p>}
      <ol className={styles.list}>
        {deeds.map((deed) => {
          const name = deed.by?.name ?? t("approvals.platform");
          return (
            <li key={deed.id} className={cx(styles.deed, deed.undone_at != null && styles.undone)}>
              <AvatarTile name={name} identity={deed.by?.id ?? 0} size={24} tone={deed.by ? undefined : "neu"} />
              <div className={styles.text}>
                <p className={styles.head}>
                  <strong>{name}</strong>
                  <Tag tone={TONES[deed.kind] ?? "neu"}>{t(`approvals.act_${wordOf(deed.kind)}`, { people: listText(deed.people.map((each) => each.name)) })}</Tag>
                  {deed.for && deed.by && deed.for.id !== deed.by.id && <span>{t("approvals.for", { name: deed.for.name })}</span>}
                  <time dateTime={deed.at}>{formatInstant(deed.at, { brief: true })}</time>
                  {deed.undone_at != null && <span>{t("approvals.was_undone")}</span>}
                </p>
                {deed.opinion && <p className={styles.opinion}>{deed.opinion}</p>}
                {deed.files.map((file) => <a key={file.id} href={`/api/v1/files/${file.id}`}>{file.name}</a>)}
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
