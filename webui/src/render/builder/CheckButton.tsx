import { useQuery } from "@tanstack/react-query";
import { Popover } from "antd";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "@/lib/problems";
import { useSettled } from "@/lib/time";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { draftApi, type CheckAnswer, type CheckProblem } from "./draftApi";
import styles from "./CheckButton.module.css";
import { draftKeys, useDraft } from "./draft";

/** What the check of the draft says, asked anew a moment after each save. */
export function useCheck(): CheckAnswer | null {
  const { draft } = useDraft();
  const version = useSettled(draft?.version ?? 0, 300);
  const query = useQuery({
    queryKey: [...draftKeys.check(draft?.id ?? 0), version],
    queryFn: ({ signal }) => draftApi.check(draft?.id ?? 0, signal),
    enabled: draft !== null,
    placeholderData: (before) => before,
  });
  return query.data ?? null;
}

/** How many problems the draft has; opens the list of them, each of which leads to its place. */
export function CheckButton({ onJump }: { onJump: (problem: CheckProblem) => void }) {
  const { t } = useTranslation();
  const check = useCheck();
  const [isOpen, setOpen] = useState(false);
  if (!check) return null;
  const count = check.problems.length;
  const jump = (problem: CheckProblem) => {
    setOpen(false);
    onJump(problem);
  };
  return (
    <Popover
      open={isOpen}
      onOpenChange={setOpen}
      trigger="click"
      placement="bottomRight"
      content={<ProblemList problems={check.problems} onJump={jump} />}
    >
      <Button
        className={styles.button}
        icon={count ? <CircleAlert size={15} strokeWidth={1.75} /> : <CircleCheck size={15} strokeWidth={1.75} />}
        label={count ? t("builder.problems", { count }) : t("builder.sound")}
      >
        {count > 0 && count}
      </Button>
    </Popover>
  );
}

export function ProblemList({ problems, onJump }: {
  problems: readonly CheckProblem[];
  onJump: (problem: CheckProblem) => void;
}) {
  const { t } = useTranslation();
  if (problems.length === 0) return <div className={styles.list}><EmptyState title={t("builder.sound")} isDone /></div>;
  return (
    <ul className={styles.list} aria-label={t("builder.problems", { count: problems.length })}>
      {problems.map((each, index) => (
        <li key={index}>
          <button type="button" className={styles.problem} onClick={() => onJump(each)}>
            <span className={styles.where}>{each.name} <span className="mono">{each.pointer}</span></span>
            <span>{problemText(each)}</span>
            {each.hint && <span className={styles.hint}>{each.hint}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
