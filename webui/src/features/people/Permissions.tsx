import { useTranslation } from "react-i18next";
import { Tag } from "@/ui/Tag";
import styles from "./People.module.css";

/** What may be done besides records. */
export function Permissions({ names }: { names: readonly string[] }) {
  const { t } = useTranslation();
  if (names.length === 0) return null;
  return (
    <div>
      <h2 className={styles.part}>{t("people.permissions")}</h2>
      <p className={styles.tags}>{names.map((name) => <Tag key={name}>{t(`people.permission_${name as "audit"}`, { defaultValue: name })}</Tag>)}</p>
    </div>
  );
}
