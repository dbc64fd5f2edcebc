import { Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { typeOf } from "@/fields/registry";
import { ValueEdit } from "@/fields/ValueEdit";
import { inText, labelText } from "@/lib/i18n";
import { errorText } from "@/lib/problems";
import { records } from "@/lib/records";
import type { AppEntity, Json } from "@/lib/wire";
import { wireValue } from "@/render/record/draft";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";

/** The same value for one field of many records. */
export function BulkEditDialog({ isOpen, entity, count, target, onClose, onDone }: {
  isOpen: boolean;
  entity: AppEntity;
  count: number;
  target: { ids: readonly number[] } | { filter: string };
  onClose: () => void;
  onDone: (changed: number) => Promise<void>;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [value, setValue] = useState<Json>(null);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const fields = entity.fields.filter((field) => !field.read_only && !field.unique && field.type !== "lines" && typeOf(field).Edit !== null);
  const field = fields.find((each) => each.name === name);
  const apply = async () => {
    if (!field) return;
    setBusy(true);
    setError(null);
    const changes = { [field.name]: wireValue(field, value) };
    try {
      const answer = "filter" in target
        ? await records.updateWhere(entity.name, target.filter, changes)
        : await records.bulkUpdate(entity.name, target.ids.map((id) => ({ id, ...changes })));
      setName("");
      setValue(null);
      await onDone(answer.updated);
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };
  const footer = (
    <div style={{ display: "flex", justifyContent: "flex-end", gap: 8 }}>
      <Button onClick={onClose}>{t("action.cancel")}</Button>
      <Button kind="primary" busy={isBusy} reason={field ? undefined : t("list.choose_field")} onClick={() => void apply()}>{t("list.bulk_apply")}</Button>
    </div>
  );
  return (
    <Modal open={isOpen} title={t("list.bulk_title", { count, what: inText(entity.label) })} width={480} footer={footer} onCancel={onClose} destroyOnHidden>
      <div style={{ display: "grid", gap: 16 }}>
        {error !== null && <Note tone="err" live="assertive">{errorText(error)}</Note>}
        <FieldRow label={t("list.bulk_field")}>
          {(ids) => (
            <Select
              {...ids}
              autoFocus
              value={name || null}
              placeholder={t("list.choose_field")}
              showSearch={{ optionFilterProp: "label" }}
              options={fields.map((each) => ({ value: each.name, label: labelText(each.label) }))}
              onChange={(next) => {
                setName(next ?? "");
                setValue(null);
              }}
            />
          )}
        </FieldRow>
        {field && (
          <FieldRow label={t("list.bulk_value")}>
            {(ids) => <ValueEdit key={field.name} field={field} value={value} onChange={setValue} ids={ids} entity={entity} />}
          </FieldRow>
        )}
      </div>
    </Modal>
  );
}
