import { Dropdown, type MenuProps } from "antd";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AppEntity, WireRecord } from "@/lib/wire";
import { IconButton } from "@/ui/IconButton";
import { DeleteDialog } from "./DeleteDialog";
import { useTransitions } from "./useTransitions";

/** What else can be done with a record: changes of its state, and deleting it. */
export function RecordMenu({ entity, record, etag, onDeleted }: {
  entity: AppEntity;
  record: WireRecord;
  etag: string;
  onDeleted: () => void;
}) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const { changes, run } = useTransitions(entity, record, etag);
  const items: MenuProps["items"] = [
    ...changes.map((change) => ({ key: `to:${change.id}`, label: change.label })),
    ...(changes.length && entity.may.delete ? [{ type: "divider" as const }] : []),
    ...(entity.may.delete ? [{ key: "delete", label: t("action.delete"), danger: true }] : []),
  ];
  if (items.length === 0) return null;
  const choose = (key: string) => {
    const change = changes.find((each) => `to:${each.id}` === key);
    if (change) run(change);
    else setAsking(true);
  };
  return (
    <>
      <Dropdown trigger={["click"]} placement="bottomRight" menu={{ items, onClick: ({ key }) => choose(key) }}>
        <IconButton icon={Ellipsis} label={t("action.more")} aria-haspopup="menu" />
      </Dropdown>
      <DeleteDialog isOpen={isAsking} entity={entity} record={record} etag={etag} onClose={() => setAsking(false)} onDeleted={onDeleted} />
    </>
  );
}
