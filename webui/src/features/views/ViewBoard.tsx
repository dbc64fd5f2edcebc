import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Label } from "@/lib/wire";
import { BuilderBody } from "@/render/builder/Builder";
import { useDraft } from "@/render/builder/draft";
import type { DraftDocument } from "@/render/builder/draftApi";
import { textOf } from "@/render/builder/words";
import { toasts } from "@/ui/toasts";
import { ColumnPanel } from "./ColumnPanel";
import { FieldPalette } from "./FieldPalette";
import { Rows } from "./Rows";
import { useViewRows } from "./viewApi";
import { columnFor, formulaColumn, withMoved, withNewColumn, withoutColumn, type ColumnBody, type Entities, type ViewBody } from "./viewModel";
import { ViewPanel } from "./ViewPanel";

export interface BoardProps {
  body: ViewBody;
  document: DraftDocument;
  change: (next: ViewBody, label?: Label | string, gesture?: string) => void;
  entities: Entities;
  selected: string;
  onSelect: (uid: string) => void;
}

/** Palette, rows and properties. */
export function ViewBoard(props: BoardProps) {
  const { body, document, change, entities, selected, onSelect } = props;
  const { t } = useTranslation();
  const { draft } = useDraft();
  const [role, setRole] = useState("");
  const rows = useViewRows(draft?.id, document.version, document.key, role);
  const entity = entities.find((each) => each.body.name === body.entity)?.body;
  const column = body.columns.find((each) => each.uid === selected);
  const nameOf = (each: ColumnBody) => textOf(each.label, each.name);
  const add = (made: ColumnBody) => {
    change(withNewColumn(body, made, selected), t("views.did.add", { name: nameOf(made) }));
    onSelect(made.uid);
  };
  const remove = (gone: ColumnBody) => {
    if (body.columns.length === 1) return;
    const at = body.columns.indexOf(gone);
    change(withoutColumn(body, gone.uid), t("views.did.remove", { name: nameOf(gone) }));
    onSelect((body.columns[at + 1] ?? body.columns[at - 1])?.uid ?? "");
    toasts.show(t("views.removed", { name: nameOf(gone) }), { label: t("action.undo"), run: () => change(body, t("views.did.add", { name: nameOf(gone) })) });
  };
  const move = (from: number, to: number) => {
    const moving = body.columns[from];
    if (moving && to >= 0 && to < body.columns.length) change(withMoved(body, from, to), t("views.did.move", { name: nameOf(moving) }));
  };
  return (
    <BuilderBody
      left={<FieldPalette entity={entity} body={body} onAdd={(field) => add(columnFor(field, body, (name) => entities.find((each) => each.body.name === name)?.body.title))}
        onFormula={() => add(formulaColumn(t("views.new_formula"), body))} />}
      right={column ? <ColumnPanel key={column.uid} {...props} column={column} onRemove={() => remove(column)} /> : <ViewPanel {...props} entity={entity} role={role} onRole={setRole} />}>
      <Rows {...props} rows={rows.data} error={rows.error} onMove={move} onRemove={remove} />
    </BuilderBody>
  );
}
