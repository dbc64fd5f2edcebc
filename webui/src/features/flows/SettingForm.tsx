import { ChevronRight } from "lucide-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { Segmented } from "antd";
import { isBranchList, isStepList, valueAt, withValueAt } from "./flowModel";
import styles from "./FlowPage.module.css";
import type { Schema } from "./kindsApi";
import { useDesigner } from "./designer";
import { SettingControl } from "./SettingControl";

/** Keys that belong to the head of an element, or are drawn on the canvas. */
const ELSEWHERE = new Set(["uid", "do", "on", "label", "as", "when", "on_error", "kind", "name", "help", "aliases", "trigger", "timeout", "at_most_once"]);

/** Settings of which an element has one: choosing another one takes the first away. */
const EXCLUSIVE: readonly (readonly string[])[] = [["for", "until", "event"], ["json", "form", "text"]];

/** So many settings are shown at once; of more those that are needed or set. */
const MOST_OPEN = 6;

/** Settings that mean something only beside another one. */
const DEPENDS: Record<string, string> = { at_most: "event", content_type: "text", share: "mode", attribute: "role", equals: "attribute" };

/** The settings of an element as a form made from its schema. */
export function SettingForm({ schema, required, pointer, owner, label, except }: {
  schema: Record<string, Schema>;
  required: readonly string[];
  /** Where the element stands. */
  pointer: string;
  /** Name of the kind that the settings belong to, such as "wait". */
  owner: string;
  /** Of the element, for the names of steps to undo. */
  label: string;
  except?: ReadonlySet<string>;
}) {
  const { t } = useTranslation();
  const { body } = useDesigner();
  const known = (valueAt(body, pointer) ?? {}) as Record<string, unknown>;
  const isIdle = (key: string) => DEPENDS[key] !== undefined && DEPENDS[key] in schema && known[DEPENDS[key]] === undefined;
  const shown = Object.entries(schema).filter(([key, each]) => !isIdle(key) && !ELSEWHERE.has(key) && !except?.has(key) && !isStepList(each) && !isBranchList(each) && each.const === undefined);
  const groups = EXCLUSIVE.filter((group) => group.every((key) => shown.some(([name]) => name === key)));
  const rank = ([key]: [string, Schema]) => (required.includes(key) ? 0 : 1);
  const ordered = shown.toSorted((left, right) => rank(left) - rank(right));
  // What stands in front stays there while it is edited.
  const [front] = useState(() => new Set(ordered.filter(([key]) => required.includes(key) || known[key] !== undefined).map(([key]) => key)));
  const control = ([key, each]: [string, Schema]) => {
    const group = groups.find((names) => names.includes(key));
    if (group && group[0] !== key) return null;
    if (group) return <OneOf key={key} names={group} schema={schema} pointer={pointer} owner={owner} label={label} />;
    return <SettingControl key={key} name={key} schema={each} isNeeded={required.includes(key)} pointer={`${pointer}/${key}`} owner={owner} label={label} />;
  };
  const isLong = ordered.length > MOST_OPEN;
  const open = isLong ? ordered.filter(([key], place) => front.has(key) || (front.size === 0 && place < MOST_OPEN) || groups.some((names) => names.includes(key))) : ordered;
  const folded = ordered.filter((each) => !open.includes(each));
  return (
    <div className={styles.form}>
      {open.map(control)}
      {folded.length > 0 && (
        <details className={styles.more}>
          <summary><ChevronRight size={14} strokeWidth={1.75} aria-hidden />{t("flows.more", { count: folded.length })}</summary>
          <div className={styles.form}>{folded.map(control)}</div>
        </details>
      )}
    </div>
  );
}

function OneOf({ names, schema, pointer, owner, label }: { names: readonly string[]; schema: Record<string, Schema>; pointer: string; owner: string; label: string }) {
  const { t } = useTranslation();
  const { body, change } = useDesigner();
  const known = (valueAt(body, pointer) ?? {}) as Record<string, unknown>;
  const isNeeded = owner === "wait";
  const chosen = names.find((each) => known[each] !== undefined) ?? (isNeeded ? names[0]! : "");
  const choose = (next: string) => {
    const kept = Object.fromEntries(Object.entries(known).filter(([key]) => !names.includes(key)));
    const begun = next === "" ? {} : { [next]: STARTS[next] ?? {} };
    const made = { ...kept, ...begun } as Record<string, unknown>;
    if (next !== "event") delete made.at_most;
    change(withValueAt(body, pointer, made), t("flows.did.change", { name: label }));
  };
  const options = [...(isNeeded ? [] : [{ value: "", label: t("flows.none") }]), ...names.map((value) => ({ value, label: t(`flows.one_of.${value as "for"}`) }))];
  return (
    <Fragment>
      <Segmented block value={chosen} options={options} onChange={choose} aria-label={t("flows.setting.one_of")} />
      {chosen && schema[chosen] && <SettingControl name={chosen} schema={schema[chosen]} isNeeded pointer={`${pointer}/${chosen}`} owner={owner} label={label} />}
    </Fragment>
  );
}

const STARTS: Record<string, unknown> = { for: "1d", until: "TODAY()", event: { on: "record.updated" }, json: {}, form: {}, text: "''" };
