import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { moved, textOf } from "@/render/builder/words";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { useDesigner } from "./designer";
import { isBranchList, valueAt, withBranch, withValueAt, type Step } from "./flowModel";
import styles from "./FlowPage.module.css";
import type { Schema, StepKind } from "./kindsApi";
import { SettingControl } from "./SettingControl";

const LABEL: Schema = { $ref: "#/$defs/label" };

interface BranchBody {
  uid: string;
  label?: string;
  steps: Step[];
}

/** The branches of a step: named, with their conditions as sentences, in the order in which they are asked. */
export function BranchList({ pointer, step, kind, label }: { pointer: string; step: Step; kind: StepKind; label: string }) {
  const { t } = useTranslation();
  const { body, change } = useDesigner();
  const found = Object.entries(kind.schema).find(([, schema]) => isBranchList(schema));
  if (!found) return null;
  const [key, schema] = found;
  const hasCondition = schema.items?.properties?.when;
  const at = `${pointer}/${key}`;
  const branches = (valueAt(body, at) ?? []) as BranchBody[];
  const put = (next: BranchBody[]) => change(withValueAt(body, at, next), t("flows.did.set", { name: label, part: t("flows.branches") }));
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{t("flows.branches")}</legend>
      {branches.map((each, place) => {
        const name = textOf(each.label, `${t("flows.branch")} ${place + 1}`);
        return (
          <div key={each.uid} className={styles.element}>
            <div className={styles.elementHead}>
              <strong className={styles.grow}>{name}</strong>
              <IconButton icon={ArrowUp} size={14} label={t("flows.up_of", { name })} disabled={place === 0} onClick={() => put(moved(branches, place, place - 1))} />
              <IconButton icon={ArrowDown} size={14} label={t("flows.down_of", { name })} disabled={place === branches.length - 1} onClick={() => put(moved(branches, place, place + 1))} />
              <IconButton icon={Trash2} size={14} label={t("flows.remove", { name })} disabled={branches.length < 2} onClick={() => put(branches.filter((one) => one !== each))} />
            </div>
            <SettingControl name="label" schema={LABEL} isNeeded={false} pointer={`${at}/${each.uid}/label`} owner="branch" label={label} />
            {hasCondition && <SettingControl name="when" schema={hasCondition} isNeeded pointer={`${at}/${each.uid}/when`} owner="branch" label={label} />}
          </div>
        );
      })}
      <Button kind="soft" small icon={<Plus size={14} strokeWidth={1.75} />} onClick={() => change(withValueAt(body, pointer, withBranch(step, key)), t("flows.did.branch", { name: label }))}>{t("flows.add_branch")}</Button>
    </fieldset>
  );
}
