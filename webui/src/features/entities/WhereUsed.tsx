import { CornerDownRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useDraft } from "@/render/builder/draft";
import { builderAddress } from "@/render/builder/places";
import { labelText } from "@/lib/i18n";
import { useUses } from "./entityApi";
import styles from "./EntityPage.module.css";

const MOST = 12;

/** Who uses an element, and how many records have a value there. */
export function WhereUsed({ element }: { element: string }) {
  const { t } = useTranslation();
  const { app = "" } = useParams();
  const { draft } = useDraft();
  const { data } = useUses(element, draft?.id, draft?.version);
  if (!data) return null;
  return (
    <section className={styles.uses}>
      <p>
        <CornerDownRight size={14} strokeWidth={1.75} aria-hidden /> {t("entities.used", { count: data.used_by.length })}
        {data.filled !== null && <> · {t("entities.filled", { count: data.filled })}</>}
      </p>
      <ul>
        {data.used_by.slice(0, MOST).map((each) => (
          <li key={each.key + each.pointer}>
            <Link to={builderAddress(app, each.kind, each.document, draft?.id, each.pointer)}>{each.document_name}</Link> {labelText(each.label)}
          </li>
        ))}
      </ul>
    </section>
  );
}
