import { Checkbox } from "antd";
import { useTranslation } from "react-i18next";
import { freshUid, textOf } from "@/render/builder/words";
import { useDesigner } from "./designer";
import { valueAt, withValueAt } from "./flowModel";
import styles from "./FlowPage.module.css";
import type { SettingProps } from "./SettingControl";
import { useEntityAt } from "./useChoices";

interface Right {
  uid: string;
  field: string;
  may?: "see" | "edit" | "require";
}

const RANKS = ["see", "edit", "require"] as const;

/** What somebody sees of a record and may change there: a line for each field. */
export function FieldRights({ pointer, label, title }: SettingProps & { title: string }) {
  const { t } = useTranslation();
  const { body, change } = useDesigner();
  const entity = useEntityAt(pointer);
  const rights = (valueAt(body, pointer) ?? []) as Right[];
  const own = (entity?.fields ?? []).map((each) => ({ name: each.name, label: textOf(each.label, each.name) }));
  const further = rights.filter((each) => !own.some((field) => field.name === each.field)).map((each) => ({ name: each.field, label: each.field }));
  const rankOf = (name: string) => {
    const found = rights.find((each) => each.field === name);
    return found ? RANKS.indexOf(found.may ?? "see") : -1;
  };
  const put = (name: string, rank: number) => {
    const known = rights.find((each) => each.field === name);
    const others = rights.filter((each) => each.field !== name);
    const may = rank > 0 ? { may: RANKS[rank] } : {};
    const next: Right[] = rank < 0 ? others : [...others, { uid: known?.uid ?? freshUid(), field: name, ...may }];
    const order = [...own, ...further].map((each) => each.name);
    next.sort((left, right) => order.indexOf(left.field) - order.indexOf(right.field));
    change(withValueAt(body, pointer, next.length ? next : undefined), t("flows.did.set", { name: label, part: title }));
  };
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{title}</legend>
      <table className={styles.rights}>
        <thead>
          <tr><th scope="col">{t("flows.setting.field")}</th>{RANKS.map((each) => <th key={each} scope="col">{t(`flows.option.${each}`)}</th>)}</tr>
        </thead>
        <tbody>
          {[...own, ...further].map((field) => (
            <tr key={field.name}>
              <th scope="row">{field.label}</th>
              {RANKS.map((each, rank) => (
                <td key={each}>
                  <Checkbox checked={rankOf(field.name) >= rank} aria-label={`${field.label} ${t(`flows.option.${each}`)}`}
                    onChange={(event) => put(field.name, event.target.checked ? rank : rank - 1)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </fieldset>
  );
}
