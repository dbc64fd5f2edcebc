import { Dropdown, Input, Select, type InputRef } from "antd";
import { Check, Ellipsis } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { PersonSelect } from "@/fields/user/PersonSelect";
import { formatInstant } from "@/lib/formats";
import { labelText } from "@/lib/i18n";
import { errorText } from "@/lib/problems";
import { type Command, useCommands } from "@/lib/shortcuts";
import type { Json } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Note } from "@/ui/Note";
import type { ApprovalAnswer, Verb } from "./approvalsApi";
import { CandidateSelect } from "./CandidateSelect";
import styles from "./ActionBar.module.css";

/** What the line below a task is for: an opinion, or one act that needs a reason or people. */
type Mode = "" | "reject" | "return" | "transfer" | "before" | "after" | "copies" | "comment" | "withdraw";

const VERBS: Record<Exclude<Mode, "">, Verb> = {
  reject: "reject", return: "return", transfer: "transfer", before: "signers", after: "signers", copies: "copies", comment: "comment", withdraw: "withdraw",
};
const PLACEHOLDERS = {
  "": "opinion", reject: "why_reject", return: "why_return", transfer: "why_transfer", before: "tell", after: "tell", copies: "tell", comment: "say", withdraw: "why_withdraw",
} as const;
const NAMES = {
  reject: "reject", return: "return", transfer: "transfer", before: "before", after: "after", copies: "copy", comment: "comment", withdraw: "withdraw",
} as const;
const NEEDED: Partial<Record<Mode, string>> = { reject: "reject", return: "return" };

/** The line at the foot of a task: an opinion and what can be done now. Rejecting asks for its reason in this line. */
export function ActionBar({ answer, isBusy, error, onAct, check }: {
  answer: ApprovalAnswer;
  isBusy: boolean;
  error: unknown;
  /** `done` clears the line once the act has succeeded. */
  onAct: (verb: Verb, body: Record<string, Json>, done: () => void) => void;
  /** Whether the values entered may be sent; it marks those that may not. */
  check: () => boolean;
}) {
  const { t } = useTranslation();
  const { task, approval } = answer;
  const [mode, setMode] = useState<Mode>("");
  const [opinion, setOpinion] = useState("");
  const [people, setPeople] = useState<readonly number[]>([]);
  const [target, setTarget] = useState("");
  const [isStraight, setStraight] = useState(false);
  const [fault, setFault] = useState("");
  const input = useRef<InputRef>(null);
  const actions = useMemo(() => task?.actions ?? [], [task]);
  const asks = (name: string) => (task?.needs_opinion ?? []).includes(name);

  const enter = (next: Mode) => {
    setMode(next);
    setPeople([]);
    setFault("");
    if (next === "return") setTarget(task?.returns[0] ? targetOf(task.returns[0]) : "");
    if (next !== "" && next !== "transfer" && next !== "before" && next !== "after") setTimeout(() => input.current?.focus());
  };
  const clear = () => {
    setOpinion("");
    enter("");
  };
  const decide = (verb: "agree" | "resubmit") => {
    if (asks(verb) && !opinion.trim()) {
      setFault(t("approvals.needs_opinion"));
      input.current?.focus();
    } else if (check()) onAct(verb, { opinion }, clear);
  };
  const send = () => {
    if (mode === "") return;
    const needs = NEEDED[mode];
    const lacksPeople = (mode === "transfer" || mode === "before" || mode === "after" || mode === "copies") && people.length === 0;
    if (((needs && asks(needs)) || mode === "comment") && !opinion.trim()) setFault(t("approvals.needs_opinion"));
    else if (lacksPeople) setFault(t("approvals.needs_people"));
    else if (mode === "return" && !target) setFault(t("approvals.needs_target"));
    else onAct(VERBS[mode], { opinion, ...bodyOf(mode, people, target, isStraight) }, clear);
  };

  const now = useRef({ decide, enter });
  useEffect(() => {
    now.current = { decide, enter };
  });
  const commands = useMemo<Command[]>(() => {
    const group = t("approvals.group");
    const all: Command[] = [];
    if (actions.includes("agree")) all.push({ id: "approvals.agree", label: t("approvals.agree"), group, keys: "a", run: () => now.current.decide("agree") });
    if (actions.includes("reject")) all.push({ id: "approvals.reject", label: t("approvals.reject"), group, keys: "r", run: () => now.current.enter("reject") });
    return all;
  }, [t, actions]);
  useCommands(commands);

  const more = [
    ...(actions.includes("copy") || approval.may.copy ? ["copies" as const] : []),
    "comment" as const,
    ...(approval.may.withdraw ? ["withdraw" as const] : []),
  ];
  const urge = () => onAct("urge", { opinion }, clear);
  const canUrge = approval.may.urge;
  const isEarly = approval.urge_at != null && Date.parse(approval.urge_at) > Date.now();
  return (
    <footer className={styles.bar}>
      {(fault || error != null) && <div className={styles.fault}><Note tone="err" live="assertive">{fault || errorText(error)}</Note></div>}
      <div className={styles.line}>
        {mode === "return" && (
          <Select value={target} aria-label={t("approvals.to_where")} style={{ minWidth: 140 }} placement="topLeft"
            options={(task?.returns ?? []).map((each) => ({ value: targetOf(each), label: labelText(each.label) }))} onChange={setTarget} />
        )}
        {task && (mode === "transfer" || mode === "before" || mode === "after") && (
          <CandidateSelect key={mode} task={task.id} many={mode !== "transfer"} chosen={people} onChoose={setPeople} label={t("approvals.to_whom")} />
        )}
        {mode === "copies" && <div className={styles.people}><PersonSelect chosen={people} onChoose={setPeople} many ids={{ id: "copies-to" }} /></div>}
        <Input
          ref={input}
          className={styles.input}
          value={opinion}
          maxLength={4000}
          placeholder={t(`approvals.${PLACEHOLDERS[mode]}`)}
          aria-label={t(`approvals.${PLACEHOLDERS[mode]}`)}
          status={fault ? "error" : undefined}
          onChange={(event) => {
            setOpinion(event.target.value);
            setFault("");
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === "Enter" && mode) send();
            if (event.key === "Escape") {
              event.stopPropagation();
              if (mode) enter("");
              input.current?.blur();
            }
          }}
        />
        {mode ? (
          <>
            {mode === "return" && (
              <label className={styles.straight}>
                <input type="checkbox" checked={isStraight} onChange={(event) => setStraight(event.target.checked)} />
                {t("approvals.straight")}
              </label>
            )}
            <Button kind="text" onClick={() => enter("")}>{t("action.cancel")}</Button>
            <Button kind={mode === "reject" || mode === "withdraw" ? "danger-solid" : "primary"} busy={isBusy} onClick={send}>{t(`approvals.${NAMES[mode]}`)}</Button>
          </>
        ) : (
          <div className={styles.buttons}>
            <Dropdown trigger={["click"]} placement="topRight" menu={{ items: more.map((key) => ({ key, label: t(`approvals.${NAMES[key]}`) })), onClick: ({ key }) => enter(key as Mode) }}>
              <IconButton icon={Ellipsis} label={t("action.more")} aria-haspopup="menu" placement="top" />
            </Dropdown>
            {canUrge && (
              <Button kind="text" busy={isBusy} reason={isEarly ? t("approvals.urge_at", { time: formatInstant(approval.urge_at, { brief: true }) }) : undefined} onClick={urge}>
                {t("approvals.urge")}
              </Button>
            )}
            {actions.includes("transfer") && <Button kind="text" onClick={() => enter("transfer")}>{t("approvals.transfer")}</Button>}
            {actions.includes("add_signer") && (
              <Dropdown trigger={["click"]} placement="topRight" menu={{ items: (["before", "after"] as const).map((key) => ({ key, label: t(`approvals.${key}`) })), onClick: ({ key }) => enter(key as Mode) }}>
                <Button kind="text">{t("approvals.add_signer")}</Button>
              </Dropdown>
            )}
            {actions.includes("return") && <Button onClick={() => enter("return")}>{t("approvals.return")}</Button>}
            {actions.includes("reject") && <Button kind="danger" keys="r" onClick={() => enter("reject")}>{t("approvals.reject")}</Button>}
            {actions.includes("agree") && <Button kind="primary" icon={<Check />} keys="a" busy={isBusy} onClick={() => decide("agree")}>{t("approvals.agree")}</Button>}
            {actions.includes("resubmit") && <Button kind="primary" busy={isBusy} onClick={() => decide("resubmit")}>{t("approvals.resubmit")}</Button>}
          </div>
        )}
      </div>
    </footer>
  );
}

type Return = NonNullable<ApprovalAnswer["task"]>["returns"][number];
const targetOf = (each: Return): string => (each.step ? `step:${each.step}` : `to:${each.to}`);

function bodyOf(mode: Mode, people: readonly number[], target: string, straight: boolean): Record<string, Json> {
  if (mode === "return") return { [target.startsWith("step:") ? "step" : "to"]: target.slice(target.indexOf(":") + 1), straight };
  if (mode === "transfer") return { to: people[0] ?? 0 };
  if (mode === "before" || mode === "after") return { people: [...people], side: mode };
  return mode === "copies" ? { people: [...people] } : {};
}
