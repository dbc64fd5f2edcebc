import { Input } from "antd";
import { Workflow } from "lucide-react";
import { useTranslation } from "react-i18next";
import { problemText } from "@/lib/problems";
import { SidePanel } from "@/render/builder/SidePanel";
import { textOf, withText } from "@/render/builder/words";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import { useDesigner } from "./designer";
import { stepAt } from "./flowModel";
import styles from "./FlowPage.module.css";
import { useFlowSchema } from "./kindsApi";
import { SettingForm } from "./SettingForm";

const STEPS = new Set(["steps"]);

/** The settings of the flow itself: whether it begins runs, whose rights they have, their order, variables. */
export function FlowPanel({ onClose }: { onClose?: () => void }) {
  const { t } = useTranslation();
  const { body, change, document, problems } = useDesigner();
  const schema = useFlowSchema();
  const name = textOf(body.label, body.name);
  const mine = problems.filter((each) => each.document === document.key && stepAt(body, each.pointer) === "");
  return (
    <SidePanel side="right" name="flows.step" title={name} least={320} most={620} otherwise={400} onClose={onClose}
      icon={<Workflow size={16} strokeWidth={1.75} aria-hidden />} extra={<span className={`mono ${styles.small}`}>{body.name}</span>}>
      <div className={styles.panel}>
        {mine.map((each, index) => <Note key={index} tone="err" lead={problemText(each)}> {each.hint}</Note>)}
        <FieldRow label={t("flows.label")}>
          {(ids) => <Input {...ids} value={textOf(body.label)} onChange={(event) => change({ ...body, label: withText(body.label, event.target.value) }, t("flows.did.rename", { name }), "flow.label")} />}
        </FieldRow>
        <SettingForm schema={schema} required={[]} pointer="" owner="flow" label={name} except={STEPS} />
        <p className={styles.small}>{t("flows.keys")}</p>
      </div>
    </SidePanel>
  );
}
