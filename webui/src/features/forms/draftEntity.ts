/** The entity of a form as the draft has it, in the shape in which the renderers of fields know it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { fieldAt, useOffer } from "@/lib/offer";
import type { AppField } from "@/lib/wire";
import { COMPUTED } from "@/render/builder/fieldTypes";
import { draftKeys, useDraft } from "@/render/builder/draft";
import { draftApi } from "@/render/builder/draftApi";
import { newField, withNew, type EntityBody, type FieldBody } from "@/render/builder/entityModel";
import { asLabel, type Words } from "@/render/builder/words";
import type { FieldOf } from "@/render/conditions/Conditions";

const KINDS: Record<string, AppField["value"]["kind"]> = {
  integer: "number", decimal: "number", money: "number", percent: "number", boolean: "boolean", date: "date", datetime: "datetime",
  time: "time", json: "json", reference: "record", user: "record", lines: "list", multi_reference: "list", multi_select: "list",
  balance: "number", rollup: "number",
};

/** A field of a document as the renderers know fields. */
function appField(doc: FieldBody): AppField {
  const { uid, name, type, options } = doc;
  const label = asLabel(doc.label ?? name);
  const settings = { ...doc, ...(options && { options: options.map((each) => ({ value: each.value, label: asLabel(each.label ?? each.value), color: each.color ?? "" })) }) };
  return {
    uid, name, type, label, help: asLabel(doc.help as Words | undefined), check: null, check_message: asLabel(""), default: null, formula: null, masked: false,
    options: settings, personal: doc.class === "personal", read_only: doc.read_only === true || COMPUTED.includes(type), required: doc.required === true,
    sortable: false, unique: doc.unique === true,
    value: { kind: KINDS[type] ?? "text", is_integer: type === "integer", scale: typeof doc.scale === "number" ? doc.scale : null },
    ...(typeof doc.to === "string" && { to: doc.to }),
    ...(doc.fields && { fields: doc.fields.map(appField) }),
  };
}

export interface DraftEntity {
  key: string;
  body: EntityBody;
  fields: AppField[];
}

/** A new field of the entity, made while its form is drawn; null while the entity is not there yet. words: the step for undo. */
export type AddField = (label: string, type: string, words: string) => FieldBody | null;

/** The fields of an entity of the draft; what is published already keeps what the server says of it. */
export function useDraftEntity(name: string | undefined): { entity: DraftEntity | null; fieldOf: FieldOf; addField: AddField } {
  const offer = useOffer();
  const client = useQueryClient();
  const { draft: open, saver } = useDraft();
  const draft = open?.id;
  const list = useQuery({
    queryKey: draftKeys.documents(draft ?? 0, "entity"),
    queryFn: ({ signal }) => draftApi.documents(draft ?? 0, "entity", signal),
    enabled: draft !== undefined,
  });
  const key = list.data?.find((each) => each.name === name)?.key ?? "";
  const document = useQuery({
    queryKey: draftKeys.document(draft ?? 0, key),
    queryFn: ({ signal }) => draftApi.document(draft ?? 0, key, signal),
    enabled: key !== "",
  });
  const known = name ? offer.entity(name) : undefined;
  const entity = useMemo<DraftEntity | null>(() => {
    if (!document.data) return null;
    const published = new Map(known?.fields.map((each) => [each.uid, each]));
    const fields = (document.data.body as EntityBody).fields.map((each) => {
      const own = appField(each);
      const offered = published.get(each.uid);
      return offered?.type === own.type ? { ...offered, label: own.label, name: own.name, required: own.required } : own;
    });
    return { key, body: document.data.body as EntityBody, fields };
  }, [document.data, key, known]);
  const fieldOf = useCallback<FieldOf>((path) => {
    const [first = "", ...rest] = path.split(".");
    const own = entity?.fields.find((each) => each.name === first);
    return rest.length && own?.to ? fieldAt(offer, offer.entity(own.to), rest.join(".")) : own;
  }, [entity, offer]);
  const addField = useCallback<AddField>((label, type, words) => {
    if (!document.data || !saver) return null;
    const body = document.data.body as EntityBody;
    const field = newField(label, type, body, "");
    const next = withNew(body, field, "", null);
    saver.read(document.data);
    client.setQueryData(draftKeys.document(draft ?? 0, key), { ...document.data, body: next });
    saver.change(key, next, words, `field.${field.uid}`);
    return field;
  }, [client, document.data, draft, key, saver]);
  return { entity, fieldOf, addField };
}
