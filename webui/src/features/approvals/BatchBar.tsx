import { useMutation } from "@tanstack/react-query";
import { Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { toasts } from "@/ui/toasts";
import { approvalsApi, type BatchAnswer, useForget } from "./approvalsApi";
import styles from "./InboxPage.module.css";

/** Several checked tasks: what agreeing to them would be, by flow and node, and then agreeing to all that can be. */
export function BatchBar({ tasks, onClear }: { tasks: readonly number[]; onClear: () => void }) {
  const { t } = useTranslation();
  const forget = useForget();
  const [summary, setSummary] = useState<BatchAnswer | null>(null);
  const ask = useMutation({ mutationFn: () => approvalsApi.agreeAll(tasks, true), onSuccess: setSummary });
  const agree = useMutation({
    mutationFn: (these: readonly number[]) => approvalsApi.agreeAll(these, false),
    onSuccess: async (answer) => {
      setSummary(null);
      onClear();
      toasts.show(t("approvals.did_many", { count: answer.agreed.length }));
      await forget();
    },
  });
  const error = ask.error ?? agree.error;
  const able = summary?.agreed.map((each) => each.task) ?? [];
  return (
    <div className={styles.batch} role="region" aria-label={t("approvals.agree_many")}>
      <span>{t("approvals.checked", { count: tasks.length })}</span>
      <Button kind="text" small onClick={onClear}>{t("approvals.clear")}</Button>
      <Button kind="primary" small busy={ask.isPending} onClick={() => ask.mutate()}>{t("approvals.agree_many")}</Button>
      {error != null && summary === null && <Note tone="err" live="assertive">{errorText(error)}</Note>}
      <Modal
        open={summary !== null}
        width={480}
        title={t("approvals.agree_these", { count: able.length })}
        onCancel={() => setSummary(null)}
        footer={
          <>
            <Button onClick={() => setSummary(null)}>{t("action.cancel")}</Button>
            {able.length > 0 && <Button kind="primary" busy={agree.isPending} onClick={() => agree.mutate(able)}>{t("approvals.agree")}</Button>}
          </>
        }
      >
        <ul className={styles.summary}>
          {summary?.summary.map((each) => (
            <li key={`${each.flow.name} ${each.node.uid}`}>
              <strong>{labelText(each.flow.label)} · {labelText(each.node.label)} <span className="num">{each.count}</span></strong>
              <p>{each.titles.join(" · ")}</p>
            </li>
          ))}
        </ul>
        {summary && summary.refused.length > 0 && (
          <Note tone="warn" lead={t("approvals.cannot", { count: summary.refused.length })}> {[...new Set(summary.refused.map((each) => each.detail))].join(" ")}</Note>
        )}
        <p className={styles.about}>{t("approvals.batch_note")}</p>
        {agree.error != null && <Note tone="err" live="assertive">{errorText(agree.error)}</Note>}
      </Modal>
    </div>
  );
}
