import { Input, Select, Switch } from "antd";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useDraft } from "@/render/builder/draft";
import { draftApi, type Body } from "@/render/builder/draftApi";
import { builderAddress } from "@/render/builder/places";
import { SidePanel } from "@/render/builder/SidePanel";
import { asLabel, freeName, freshUid, patched, textOf, withText } from "@/render/builder/words";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { FieldRow } from "@/ui/FieldRow";
import { Tag } from "@/ui/Tag";
import { useBodies } from "./entityApi";
import styles from "./EntityPage.module.css";
import type { PartProps } from "./shared";

/** The entity itself, while no field is selected: what names a record, its key, its life cycle, its forms. */
export function EntityPanel({ body, change }: PartProps) {
  const { t } = useTranslation();
  const set = (key: string, value: unknown, part: string, gesture?: string) => change(patched(body, { [key]: value }), t("entities.did.entity", { part }), gesture);
  const fields = body.fields.filter((each) => each.type !== "lines").map((each) => ({ value: each.name, label: textOf(each.label, each.name) }));
  return (
    <SidePanel side="right" name="entities.field" title={textOf(body.label, body.name)} least={320} most={560} otherwise={400} extra={<span className={styles.code}>{body.name}</span>}>
      <div className={styles.panel}>
        <FieldRow label={t("entities.label")}>
          {(ids) => <Input {...ids} value={textOf(body.label)} onChange={(event) => set("label", withText(body.label, event.target.value), t("entities.label"), "entity.label")} />}
        </FieldRow>
        <FieldRow label={t("entities.title_field")} help={t("entities.title_help")}>
          {(ids) => <Select {...ids} className={styles.full} allowClear value={body.title} options={fields} onChange={(next) => set("title", next, t("entities.title_field"))} />}
        </FieldRow>
        <FieldRow label={t("entities.business_key")} help={t("entities.key_help")}>
          {(ids) => <Select {...ids} className={styles.full} mode="multiple" value={body.business_key ?? []} options={fields}
            onChange={(next: string[]) => set("business_key", next.length ? next : undefined, t("entities.business_key"))} />}
        </FieldRow>
        <FieldRow label={t("entities.help")}>
          {(ids) => <Input.TextArea {...ids} rows={2} value={textOf(body.help)} onChange={(event) => set("help", event.target.value && withText(body.help, event.target.value), t("entities.help"), "entity.help")} />}
        </FieldRow>
        <label className={styles.flag}>
          <Switch size="small" checked={body.history !== false} onChange={(on) => set("history", on ? undefined : false, t("entities.history"))} /> {t("entities.history")}
        </label>
        <Cycle body={body} />
        <Forms body={body} />
      </div>
    </SidePanel>
  );
}

/** The life cycle, to be read: which states follow which. */
function Cycle({ body }: { body: PartProps["body"] }) {
  const { t } = useTranslation();
  const { states } = body;
  const field = body.fields.find((each) => each.name === states?.field);
  const label = (value: string) => textOf(field?.options?.find((each) => each.value === value)?.label, value);
  return (
    <section>
      <h3 className={styles.heading}>{t("entities.states")}</h3>
      {!states && <p className={styles.quiet}>{t("entities.no_states")}</p>}
      {states && (
        <ul className={styles.cycle}>
          <li><Tag tone="ok">{label(states.initial)}</Tag> {t("entities.initial")}</li>
          {states.transitions.map((each) => (
            <li key={each.uid}>
              <Tag>{label(each.from)}</Tag> <span aria-hidden>→</span> <Tag>{label(each.to)}</Tag> {textOf(each.label)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** The forms of the entity, and a new one with its first fields. */
function Forms({ body }: { body: PartProps["body"] }) {
  const { t } = useTranslation();
  const { app = "" } = useParams();
  const navigate = useNavigate();
  const { draft, ensure, saver, refresh } = useDraft();
  const [error, setError] = useState<unknown>(null);
  const forms = useBodies<Body & { entity?: string }>(draft?.id, "form");
  const own = forms.filter((each) => each.body.entity === body.name);
  const create = async () => {
    setError(null);
    try {
      await saver?.flush();
      const open = await ensure();
      const name = freeName(body.name, forms.map((each) => each.body.name));
      const items = body.fields.slice(0, 1).map((each) => ({ uid: freshUid(), field: each.name }));
      const form = { kind: "form", name, label: asLabel(body.label), entity: body.name, sections: [{ uid: "main", items }] };
      const made = await draftApi.create(open.id, form, t("entities.did.form", { name: textOf(body.label, body.name) }));
      await refresh();
      void navigate(builderAddress(app, "form", made.key, open.id));
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <section>
      <h3 className={styles.heading}>{t("entities.forms")}</h3>
      {own.map((each) => (
        <Button key={each.key} small kind="link" onClick={() => void navigate(builderAddress(app, "form", each.key, draft?.id))}>{textOf(each.body.label as string, each.body.name)}</Button>
      ))}
      <Button small icon={<Plus size={14} strokeWidth={1.75} />} onClick={() => void create()}>{t("entities.new_form")}</Button>
      {error != null && <ErrorBlock error={error} />}
    </section>
  );
}
