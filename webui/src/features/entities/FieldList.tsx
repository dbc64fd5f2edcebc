import { DndContext, KeyboardSensor, PointerSensor, closestCenter, useSensor, useSensors, type DragEndEvent } from "@dnd-kit/core";
import { SortableContext, sortableKeyboardCoordinates, verticalListSortingStrategy } from "@dnd-kit/sortable";
import { Input } from "antd";
import { Plus, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useCommands, type Command } from "@/lib/shortcuts";
import { useDraft } from "@/render/builder/draft";
import { moved, textOf, withText } from "@/render/builder/words";
import { Button } from "@/ui/Button";
import { toasts } from "@/ui/toasts";
import { usesOf } from "./entityApi";
import { copyOf, fieldsAt, linesOf, newField, withField, withFields, withMoved, withNew, withoutField, type FieldLine } from "@/render/builder/entityModel";
import styles from "./EntityPage.module.css";
import { FieldLineRow } from "./FieldLineRow";
import { NewFieldRow } from "./NewFieldRow";
import { ScreensStrip } from "./ScreensStrip";
import { choicesOf, type Entities, type PartProps } from "./shared";

/** The fields of the entity in their order: arrows walk, Alt and arrows move, Enter renames, Delete removes. */
export function FieldList({ body, document, change, entities, selected, isFresh, onSelect }: PartProps & {
  entities: Entities;
  selected: string;
  /** Just made: the row of a new field is open. */
  isFresh: boolean;
  onSelect: (key: string) => void;
}) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const [search, setSearch] = useState("");
  const [renamed, setRenamed] = useState("");
  const [adding, setAdding] = useState<{ parent: string; after: string | null } | null>(isFresh ? { parent: "", after: null } : null);
  const list = useRef<HTMLUListElement>(null);
  const latest = useRef(body);
  useEffect(() => { latest.current = body; }, [body]);
  const lines = useMemo(() => linesOf(body), [body]);
  const wanted = search.trim().toLowerCase();
  const shown = wanted ? lines.filter(({ field }) => [field.name, textOf(field.label), t(`field_type.${field.type}` as "field_type.text")].some((each) => each.toLowerCase().includes(wanted))) : lines;
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  const nameOf = ({ field }: FieldLine) => textOf(field.label, field.name);
  const begin = (line?: FieldLine) => setAdding({ parent: line?.parent ?? "", after: line?.uid ?? null });

  const focusLine = (key: string) => requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-line="${CSS.escape(key)}"]`)?.focus());
  const move = (line: FieldLine, way: -1 | 1) => {
    change(withMoved(body, line, way), t("entities.did.move", { name: nameOf(line) }));
    focusLine(line.key);
  };
  const duplicate = (line: FieldLine) => {
    const copy = copyOf(line.field, body, line.parent, t("entities.copy_of", { name: nameOf(line) }));
    change(withNew(body, copy, line.parent, line.uid), t("entities.did.copy", { name: nameOf(line) }));
    const key = line.parent ? `${line.parent}/${copy.uid}` : copy.uid;
    onSelect(key);
    focusLine(key);
  };
  const remove = async (line: FieldLine) => {
    if (fieldsAt(body, line.parent).length === 1) {
      toasts.show(t("entities.last_field"));
      return;
    }
    const before = body;
    const at = shown.findIndex((each) => each.key === line.key);
    const next = shown[at + 1] ?? shown[at - 1];
    change(withoutField(body, line), t("entities.did.remove", { name: nameOf(line) }));
    onSelect(next?.key ?? "");
    if (next) focusLine(next.key);
    const uses = await usesOf(`${document.key}.${line.key.replace("/", ".")}`, draft?.id).catch(() => null);
    const place = fieldsAt(before, line.parent).findIndex((each) => each.uid === line.uid);
    const restore = () => {
      const fields = [...fieldsAt(latest.current, line.parent)];
      fields.splice(place, 0, line.field);
      change({ ...withFields(latest.current, line.parent, fields), title: before.title, business_key: before.business_key }, t("entities.did.restore", { name: nameOf(line) }));
      onSelect(line.key);
    };
    const text = t("entities.removed", { name: nameOf(line), uses: uses?.used_by.length ?? 0, filled: uses?.filled ?? 0 });
    toasts.show(text, { label: t("action.undo"), run: restore }, 10_000);
  };
  const keys = (event: KeyboardEvent, line: FieldLine) => {
    if (event.target !== event.currentTarget) return;
    const at = shown.findIndex((each) => each.key === line.key);
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key] as -1 | 1 | undefined;
    const go = shown[at + (way ?? 0)];
    if (way && event.altKey) move(line, way);
    else if (way && go) {
      onSelect(go.key);
      focusLine(go.key);
    } else if (event.key === "Enter" || event.key === "F2") setRenamed(line.key);
    else if (event.key === "Delete" || event.key === "Backspace") void remove(line);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d") duplicate(line);
    else if (event.key === "Escape") onSelect("");
    else if (!way) return;
    event.preventDefault();
  };
  const drop = ({ active, over }: DragEndEvent) => {
    const line = lines.find((each) => each.key === active.id);
    const target = lines.find((each) => each.key === over?.id);
    if (!line || !target || line.parent !== target.parent || line.key === target.key) return;
    const fields = fieldsAt(body, line.parent);
    const at = (uid: string) => fields.findIndex((each) => each.uid === uid);
    change(withFields(body, line.parent, moved(fields, at(line.uid), at(target.uid))), t("entities.did.move", { name: nameOf(line) }));
  };
  const commands = useMemo<Command[]>(() => [
    { id: "entities.new", label: t("entities.add"), group: t("builder.building"), keys: "n", run: () => setAdding({ parent: "", after: null }) },
  ], [t]);
  useCommands(commands);
  const row = adding && (
    <NewFieldRow entities={choicesOf(entities)} onClose={() => { setAdding(null); if (adding.after) focusLine(adding.parent ? `${adding.parent}/${adding.after}` : adding.after); }} isInner={adding.parent !== ""} onMake={(label, type, to) => {
      const field = newField(label, type, latest.current, adding.parent, to ? { to } : {});
      change(withNew(latest.current, field, adding.parent, adding.after), t("entities.did.add", { name: label }));
      latest.current = withNew(latest.current, field, adding.parent, adding.after);
      setAdding({ ...adding, after: field.uid });
      onSelect(adding.parent ? `${adding.parent}/${field.uid}` : field.uid);
    }} />
  );
  const isAfter = (line: FieldLine) => adding !== null && adding.parent === line.parent && adding.after === line.uid;
  return (
    <div className={styles.page}>
      <div className={styles.tools}>
        <Input className={styles.search} prefix={<Search size={14} strokeWidth={1.75} aria-hidden />} value={search} allowClear
          placeholder={t("entities.find")} aria-label={t("entities.find")} onChange={(event) => setSearch(event.target.value)} />
        <Button kind="soft" keys="n" icon={<Plus size={15} strokeWidth={1.75} />} onClick={() => begin()}>{t("entities.add")}</Button>
      </div>
      <DndContext sensors={sensors} collisionDetection={closestCenter} onDragEnd={drop} accessibility={{ screenReaderInstructions: { draggable: t("entities.drag_help") } }}>
        <SortableContext items={shown.map((each) => each.key)} strategy={verticalListSortingStrategy}>
          <ul className={styles.list} ref={list} aria-label={t("entities.fields")}>
            {shown.map((line) => (
              <FieldLineRow key={line.key} line={line} body={body} isSelected={line.key === selected} isRenamed={line.key === renamed}
                after={isAfter(line) && row} onSelect={() => onSelect(line.key)} onKeyDown={(event) => keys(event, line)}
                onRename={() => setRenamed(line.key)}
                onLabel={(text) => {
                  setRenamed("");
                  if (text !== null) change(withField(body, line, (field) => ({ ...field, label: withText(field.label, text) })), t("entities.did.label", { name: nameOf(line) }));
                  focusLine(line.key);
                }}
                onMove={(way) => move(line, way)} onCopy={() => duplicate(line)} onRemove={() => void remove(line)}
                onAdd={() => (line.field.type === "lines" && !line.parent ? setAdding({ parent: line.uid, after: line.field.fields?.at(-1)?.uid ?? null }) : begin(line))} />
            ))}
            {adding && adding.after === null && row}
          </ul>
        </SortableContext>
      </DndContext>
      <ScreensStrip body={body} entities={entities} />
      <p className={styles.foot}>{t("entities.keys")}</p>
    </div>
  );
}
