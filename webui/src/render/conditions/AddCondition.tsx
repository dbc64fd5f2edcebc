import { Popover } from "antd";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { operatorsFor, type Condition } from "@/formula/conditions";
import type { Kind } from "@/formula";
import { IconButton } from "@/ui/IconButton";
import type { Slot } from "../formula/formulaApi";
import type { FieldOf } from "./Conditions";
import { FieldPicker } from "./FieldPicker";
import { fitting } from "./phrase";

/** A further condition: typed as a sentence, or begun by choosing a field. It stays open for the next one until Enter on nothing. */
export function AddCondition({ slot, fieldOf, isOpen, onOpen, onAdd, onBegin, onDone }: {
  slot: Slot;
  fieldOf?: FieldOf;
  /** Left out: it opens by itself. */
  isOpen?: boolean;
  onOpen?: (isOpen: boolean) => void;
  onAdd: (conditions: Condition[]) => void;
  /** Only a field so far: operator and value are still to be chosen. */
  onBegin: (condition: Condition) => void;
  /** Enter on nothing. */
  onDone?: () => void;
}) {
  const { t } = useTranslation();
  const [isOwn, setOwn] = useState(false);
  const open = isOpen ?? isOwn;
  const set = (next: boolean) => {
    setOwn(next);
    onOpen?.(next);
  };
  return (
    <Popover
      open={open}
      onOpenChange={set}
      trigger="click"
      destroyOnHidden
      content={
        <FieldPicker slot={slot} fieldOf={fieldOf} onAdd={onAdd}
          onDone={() => { set(false); onDone?.(); }}
          onChoose={(left, type) => {
            set(false);
            const leftKind = type.kind as Kind;
            const [operator = "filled"] = operatorsFor(leftKind);
            onBegin({ left, leftKind, operator, right: fitting([], operator, leftKind) });
          }} />
      }
    >
      <span><IconButton icon={Plus} size={14} label={t("condition.add")} onClick={() => set(true)} aria-haspopup="dialog" aria-expanded={open} /></span>
    </Popover>
  );
}
