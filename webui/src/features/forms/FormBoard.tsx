import { closestCenter, DndContext, DragOverlay, KeyboardSensor, PointerSensor, useSensor, useSensors, type DragEndEvent, type DragMoveEvent } from "@dnd-kit/core";
import { sortableKeyboardCoordinates } from "@dnd-kit/sortable";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { typeOf } from "@/fields/registry";
import type { AppField, Label } from "@/lib/wire";
import { BuilderBody } from "@/render/builder/Builder";
import { useDraft } from "@/render/builder/draft";
import type { DraftDocument } from "@/render/builder/draftApi";
import type { FieldTypeName } from "@/render/builder/fieldTypes";
import { freshUid, moved, textOf } from "@/render/builder/words";
import type { FieldOf } from "@/render/conditions/Conditions";
import { toasts } from "@/ui/toasts";
import { labelText } from "@/lib/i18n";
import { Canvas } from "./Canvas";
import type { AddField, DraftEntity } from "./draftEntity";
import styles from "./FormPage.module.css";
import {
  itemKey, newItem, withItemAt, withItemMoved, withNewItem, withNewSection, withoutItem, type FormBody, type Place,
} from "./formModel";
import { Palette } from "./Palette";
import { ItemPanel } from "./ItemPanel";
import { SectionPanel } from "./SectionPanel";
import { usePreview } from "./previewApi";
import { ViewBar } from "./ViewBar";

export interface View {
  record: string;
  role: string;
}

/** A new field that is about to get its name. */
export interface FreshField {
  type: string;
  place: Place;
}

const WIDE_TYPES = ["lines", "long_text", "json"];

export interface BoardProps {
  body: FormBody;
  document: DraftDocument;
  change: (next: FormBody, label?: Label | string, gesture?: string) => void;
  fields: readonly AppField[];
  fieldOf: FieldOf;
  entity: DraftEntity;
  addField: AddField;
  selected: string;
  onSelect: (key: string) => void;
}

/** Palette, canvas and properties, with what is dragged between them. */
export function FormBoard({ view, onView, ...props }: BoardProps & { view: View; onView: (view: View) => void }) {
  const { body, document, change, fields, addField, selected, onSelect } = props;
  const { t } = useTranslation();
  const { draft } = useDraft();
  const preview = usePreview(draft?.id, document.version, document.key, view.record, view.role);
  const [dragged, setDragged] = useState<string | null>(null);
  const [target, setTarget] = useState<Place | null>(null);
  // A field that the entity does not have yet: it is made once it has a name.
  const [fresh, setFresh] = useState<FreshField | null>(null);
  const latest = useRef(body);
  useEffect(() => { latest.current = body; }, [body]);
  const byName = useMemo(() => new Map(fields.map((each) => [each.name, each])), [fields]);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  const [sectionUid = "", itemUid = ""] = selected.split("/");
  const section = body.sections.find((each) => each.uid === sectionUid);
  const item = section?.items.find((each) => each.uid === itemUid);
  const nameOf = (field: string) => labelText(byName.get(field)?.label) || field;

  const add = (field: string, place: Place) => {
    const known = byName.get(field);
    const made = newItem(field, known ? typeOf(known).isWide === true : false);
    change(withNewItem(body, made, place), t("forms.did.add", { name: nameOf(field) }));
    onSelect(itemKey(place.section, made.uid));
  };
  const addSection = () => {
    const made = { uid: freshUid(), label: t("forms.new_section"), items: [] };
    change(withNewSection(body, made, sectionUid), t("forms.did.section"));
    onSelect(made.uid);
  };
  /** Below what is selected, else at the end. */
  const below = (): Place | null => {
    const into = section ?? body.sections.at(-1);
    return into ? { section: into.uid, at: item ? into.items.indexOf(item) + 1 : into.items.length } : null;
  };
  const addBelow = (field: string) => {
    const place = below();
    if (place) add(field, place);
  };
  const begin = (type: string, place = below()) => setFresh(place && { type, place });
  const name = (label: string | null) => {
    setFresh(null);
    const field = fresh && label ? addField(label, fresh.type, t("forms.did_field", { name: label })) : null;
    if (!field || !fresh || !label) return;
    const made = newItem(field.name, WIDE_TYPES.includes(field.type));
    change(withNewItem(body, made, fresh.place), t("forms.did.add", { name: label }), `field.${field.uid}`);
    onSelect(itemKey(fresh.place.section, made.uid));
  };
  const acts = {
    move: (way: -1 | 1) => {
      if (item) {
        const next = withItemMoved(body, sectionUid, itemUid, way);
        change(next.body, t("forms.did.move", { name: nameOf(item.field) }));
        onSelect(itemKey(next.section, itemUid));
      } else if (section) {
        const at = body.sections.indexOf(section);
        change({ ...body, sections: moved(body.sections, at, at + way) }, t("forms.did.move", { name: textOf(section.label, section.uid) }));
      }
    },
    copy: () => {
      if (!item || !section) return;
      const made = { ...structuredClone(item), uid: freshUid() };
      change(withNewItem(body, made, { section: sectionUid, at: section.items.indexOf(item) + 1 }), t("forms.did.copy", { name: nameOf(item.field) }));
      onSelect(itemKey(sectionUid, made.uid));
    },
    remove: () => {
      if (item && section) {
        const at = section.items.indexOf(item);
        const next = section.items[at + 1] ?? section.items[at - 1];
        change(withoutItem(body, sectionUid, itemUid), t("forms.did.remove", { name: nameOf(item.field) }));
        onSelect(next ? itemKey(sectionUid, next.uid) : sectionUid);
        toasts.show(t("forms.removed", { name: nameOf(item.field) }), { label: t("action.undo"), run: () => {
          change(withNewItem(latest.current, item, { section: sectionUid, at }), t("forms.did.restore", { name: nameOf(item.field) }));
          onSelect(itemKey(sectionUid, item.uid));
        } });
      } else if (section && body.sections.length > 1) {
        const at = body.sections.indexOf(section);
        const name = textOf(section.label, t("forms.section"));
        change({ ...body, sections: body.sections.filter((each) => each !== section) }, t("forms.did.remove", { name }));
        onSelect("");
        toasts.show(t("forms.removed", { name }), { label: t("action.undo"), run: () => {
          const sections = [...latest.current.sections];
          sections.splice(at, 0, section);
          change({ ...latest.current, sections }, t("forms.did.restore", { name }));
        } });
      }
    },
  };
  const over = (event: DragMoveEvent) => setTarget(placeOf(event, body));
  const drop = (event: DragEndEvent) => {
    const place = placeOf(event, body);
    const id = String(event.active.id);
    setDragged(null);
    setTarget(null);
    if (id === "new:section") addSection();
    else if (!place) return;
    else if (id.startsWith("type:")) begin(id.slice(5), place);
    else if (id.startsWith("new:")) add(id.slice(4), place);
    else {
      const [from = "", uid = ""] = id.split("/");
      change(withItemAt(body, from, uid, place), t("forms.did.move", { name: draggedName(id) }));
      onSelect(itemKey(place.section, uid));
    }
  };
  const draggedName = (id: string) => {
    if (id === "new:section") return t("forms.section");
    if (id.startsWith("type:")) return t(`field_type.${id.slice(5) as FieldTypeName}`);
    const [from = "", uid = ""] = id.split("/");
    return nameOf(id.startsWith("new:") ? id.slice(4) : (body.sections.find((each) => each.uid === from)?.items.find((each) => each.uid === uid)?.field ?? ""));
  };
  const right = item ? <ItemPanel key={selected} {...props} section={sectionUid} item={item} /> : <SectionPanel key={sectionUid} {...props} section={section} onAddSection={addSection} />;
  return (
    <DndContext sensors={sensors} collisionDetection={closestCenter} onDragStart={({ active }) => setDragged(String(active.id))} onDragMove={over} onDragEnd={drop}
      onDragCancel={() => { setDragged(null); setTarget(null); }} accessibility={{ screenReaderInstructions: { draggable: t("entities.drag_help") } }}>
      <BuilderBody left={<Palette fields={fields} body={body} onAdd={addBelow} onAddSection={addSection} onBegin={begin} />} right={right}>
        <ViewBar body={body} view={view} onView={onView} preview={preview.data} error={preview.error} />
        <Canvas {...props} byName={byName} preview={preview.data} target={target} fresh={fresh} onName={name} acts={acts} />
      </BuilderBody>
      <DragOverlay>{dragged && <span className={styles.ghost}>{draggedName(dragged)}</span>}</DragOverlay>
    </DndContext>
  );
}

/** Where what is dragged would be put: before or behind what it is over, by its middle. */
function placeOf({ active, over }: DragMoveEvent | DragEndEvent, body: FormBody): Place | null {
  const now = active.rect.current.translated;
  if (!over || !now) return null;
  const [first = "", uid] = String(over.id).split("/");
  const section = body.sections.find((each) => each.uid === first.replace(/^end:/, ""));
  if (!section) return null;
  if (uid === undefined) return { section: section.uid, at: section.items.length };
  const at = section.items.findIndex((each) => each.uid === uid);
  const { rect } = over;
  const isBeside = now.top < rect.bottom && now.bottom > rect.top && Math.abs(now.left - rect.left) > rect.width / 2;
  const isAfter = isBeside ? now.left > rect.left : now.top + now.height / 2 > rect.top + rect.height / 2;
  return { section: section.uid, at: isAfter ? at + 1 : at };
}
