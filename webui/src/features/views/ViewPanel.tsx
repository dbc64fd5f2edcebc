import { Input, Select } from "antd";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { fieldAt, useOffer } from "@/lib/offer";
import { useDraft } from "@/render/builder/draft";
import type { Body } from "@/render/builder/draftApi";
import type { EntityBody } from "@/render/builder/entityModel";
import { SidePanel } from "@/render/builder/SidePanel";
import { patched, textOf, withText, type Words } from "@/render/builder/words";
import { Conditions, type FieldOf } from "@/render/conditions/Conditions";
import { FieldRow } from "@/ui/FieldRow";
import { Tag } from "@/ui/Tag";
import { slotOf } from "./slots";
import { SortList } from "./SortList";
import type { BoardProps } from "./ViewBoard";
import { useBodies } from "./viewApi";
import { sortables } from "./viewModel";
import styles from "./Views.module.css";

interface Role extends Body {
  label?: Words;
  grants?: { entity?: string; actions?: string[] }[];
}

/** The view itself, while no column is selected: which rows, in which order and groups, and who sees them. */
export function ViewPanel({ body, document, change, entity, role, onRole }: BoardProps & { entity: EntityBody | undefined; role: string; onRole: (role: string) => void }) {
  const { t } = useTranslation();
  const offer = useOffer();
  const { draft } = useDraft();
  const roles = useBodies<Role>(draft?.id, "role");
  const readers = roles.filter(({ body: each }) => each.grants?.some((grant) => grant.entity === body.entity && grant.actions?.includes("read")));
  const name = textOf(body.label, body.name);
  const set = (values: Record<string, unknown>, part: string, gesture?: string) => change(patched(body, values), t("views.did.change", { name, part }), gesture);
  const fieldOf = useCallback<FieldOf>((path) => (body.entity ? fieldAt(offer, offer.entity(body.entity), path) : undefined), [body.entity, offer]);
  const labelOf = (path: string) => {
    const [first = "", ...rest] = path.split(".");
    const field = entity?.fields.find((each) => each.name === first);
    return [textOf(field?.label, first), ...rest.slice(0, -1)].join(" · ");
  };
  const texts = (entity?.fields ?? []).filter((each) => ["text", "phone", "email", "sequence", "long_text"].includes(each.type));
  return (
    <SidePanel side="right" name="views.column" title={t("views.view_itself")} least={280} most={480} otherwise={340} extra={<span className={styles.code}>{body.name}</span>}>
      <div className={styles.panel}>
        <FieldRow label={t("views.label")}>
          {(ids) => <Input {...ids} value={textOf(body.label)} onChange={(event) => set({ label: withText(body.label, event.target.value) }, t("views.label"), "view.label")} />}
        </FieldRow>
        <section aria-label={t("views.filter")}>
          <h3 className={styles.heading}>{t("views.filter")}</h3>
          <div className={styles.condition}>
            <Conditions text={body.filter ?? ""} fieldOf={fieldOf} title={t("views.filter")} always={t("views.all_rows")} slot={slotOf(draft?.id, document.key, body, "/filter", "boolean")}
              onChange={(filter) => set({ filter: filter || undefined }, t("views.filter"))} />
          </div>
        </section>
        <SortList sort={body.sort ?? []} choices={sortables(body, entity?.fields ?? []).map((each) => ({ value: each, label: labelOf(each) }))} onChange={(sort) => set({ sort: sort.length ? sort : undefined }, t("views.sort"))} />
        <FieldRow label={t("views.group")} help={t("views.group_help")}>
          {(ids) => <Select {...ids} className={styles.full} mode="multiple" value={body.group ?? []} options={body.columns.map((each) => ({ value: each.name, label: textOf(each.label, each.name) }))}
            onChange={(group: string[]) => set({ group: group.length ? group : undefined }, t("views.group"))} />}
        </FieldRow>
        <FieldRow label={t("views.search")}>
          {(ids) => <Select {...ids} className={styles.full} mode="multiple" value={body.search ?? []} options={texts.map((each) => ({ value: each.name, label: textOf(each.label, each.name) }))}
            onChange={(search: string[]) => set({ search: search.length ? search : undefined }, t("views.search"))} />}
        </FieldRow>
        <section aria-label={t("views.who")}>
          <h3 className={styles.heading}>{t("views.who")}</h3>
          <p className={styles.tags}>
            <Tag>{t("shell.administrator")}</Tag>
            {readers.map((each) => <Tag key={each.key} tone="pri">{textOf(each.body.label, each.body.name)}</Tag>)}
          </p>
          <Select className={styles.full} allowClear placeholder={t("forms.as_me")} aria-label={t("forms.role")} value={role || undefined}
            options={roles.map((each) => ({ value: each.body.name, label: textOf(each.body.label, each.body.name) }))} onChange={(next?: string) => onRole(next ?? "")} />
        </section>
      </div>
    </SidePanel>
  );
}
