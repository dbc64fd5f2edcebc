import { ClipboardList, LayoutTemplate, Rows3 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useDraft } from "@/render/builder/draft";
import type { Body } from "@/render/builder/draftApi";
import { builderAddress } from "@/render/builder/places";
import { textOf, type Words } from "@/render/builder/words";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { useBodies } from "./entityApi";
import styles from "./EntityPage.module.css";
import { makeScreens } from "./screensApi";
import type { Entities, PartProps } from "./shared";

type Screen = Body & { entity?: string; label?: Words };

/** Where people will see the entity: its forms and lists; while there are none, one button makes both. */
export function ScreensStrip({ body, entities }: Pick<PartProps, "body"> & { entities: Entities }) {
  const { t } = useTranslation();
  const { app = "" } = useParams();
  const { draft, ensure, saver, refresh } = useDraft();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const forms = useBodies<Screen>(draft?.id, "form");
  const views = useBodies<Screen>(draft?.id, "view");
  const menus = useBodies(draft?.id, "menu");
  const own = [...forms, ...views].filter((each) => each.body.entity === body.name);
  const make = async () => {
    setBusy(true);
    setError(null);
    try {
      await saver?.flush();
      const screens = {
        forms: forms.map((each) => each.body.name), views: views.map((each) => each.body.name), menu: menus.find((each) => each.body.name === app),
        titleOf: (name: string) => entities.find((each) => each.body.name === name)?.body.title,
      };
      const name = textOf(body.label, body.name);
      await makeScreens((await ensure()).id, body, screens, { list: body.label ?? body.name, did: t("entities.did_screens", { name }) });
      await refresh();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={styles.screens} aria-label={t("entities.screens")}>
      {own.length === 0 && <span>{t("entities.no_screens")}</span>}
      {own.map((each) => (
        <Link key={each.key} to={builderAddress(app, each.body.kind, each.key, draft?.id)} className={styles.screen}>
          {each.body.kind === "form" ? <ClipboardList size={14} strokeWidth={1.75} aria-hidden /> : <Rows3 size={14} strokeWidth={1.75} aria-hidden />}
          {t(each.body.kind === "form" ? "entities.form_named" : "entities.view_named", { name: textOf(each.body.label, each.body.name) })}
        </Link>
      ))}
      {own.length === 0 && <Button kind="soft" busy={busy} icon={<LayoutTemplate size={15} strokeWidth={1.75} />} onClick={() => void make()}>{t("entities.make_screens")}</Button>}
      {error != null && <ErrorBlock error={error} />}
    </section>
  );
}
