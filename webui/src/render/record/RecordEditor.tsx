import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { type Command, useCommands } from "@/lib/shortcuts";
import { useOffer } from "@/lib/offer";
import type { AppEntity, AppForm, WireRecord } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { ConflictBlock } from "./ConflictBlock";
import type { Values } from "./draft";
import { formFor, layoutOf } from "./formLayout";
import { LeaveGuard } from "./LeaveGuard";
import { RecordForm } from "./RecordForm";
import styles from "./RecordEditor.module.css";
import { useDraft } from "./useDraft";

/** Editing a record, or a new one: the form, saving, a conflict to merge, and a guard before leaving. */
export function RecordEditor({ entity, record, etag, given, form, onSaved, onCancel, keeps }: {
  entity: AppEntity;
  record?: WireRecord;
  etag?: string;
  /** Values that a new record begins with. */
  given?: Values;
  form?: AppForm;
  onSaved: (record: WireRecord) => void;
  onCancel: () => void;
  keeps?: (from: URL, to: URL) => boolean;
}) {
  const { t } = useTranslation();
  const offer = useOffer();
  const finished = useRef(false);
  const draft = useDraft({
    entity, record, etag, given,
    onSaved: (saved) => {
      finished.current = true;
      onSaved(saved);
    },
  });
  const sections = layoutOf(entity, form ?? formFor(offer, entity));
  const now = useRef({ draft, onCancel });
  useEffect(() => {
    now.current = { draft, onCancel };
  });
  const commands = useMemo<Command[]>(() => {
    const common = { group: t("keys.record"), isQuiet: true, inInputs: true } as const;
    return [
      { ...common, id: "record.save", label: t("keys.save"), keys: "mod+s", run: () => void now.current.draft.save() },
      // Escape gives up only what was not begun; otherwise the guard would ask at every press.
      { ...common, id: "panel.close", label: t("action.cancel"), keys: "escape", run: () => now.current.onCancel() },
    ];
  }, [t]);
  useCommands(commands);
  const cancel = () => {
    draft.discard();
    onCancel();
  };
  return (
    <form
      className={styles.editor}
      noValidate
      onKeyDown={(event) => {
        // Enter in a field ends that field, such as a date; it does not save a form that is half written.
        if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        void draft.save();
      }}
    >
      <div className={styles.content}>
        {draft.conflict && <ConflictBlock draft={draft} conflict={draft.conflict} onDiscard={cancel} />}
        <RecordForm entity={entity} sections={sections} draft={draft} />
      </div>
      <div className={styles.foot}>
        <Button onClick={cancel}>{t("action.cancel")}</Button>
        <Button kind="primary" submit busy={draft.isBusy} keys="mod+s">{t("action.save")}</Button>
      </div>
      <LeaveGuard when={draft.isDirty && !finished.current} count={draft.changed.length} keeps={keeps} />
    </form>
  );
}
