import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { type Offer, useOffer } from "@/lib/offer";
import { errorText } from "@/lib/problems";
import { records } from "@/lib/records";
import type { AppEntity, WireRecord } from "@/lib/wire";
import { toasts } from "@/ui/toasts";
import { formFor } from "./formLayout";

export interface StateChange {
  id: string;
  label: string;
  to: string;
}

/** The changes of state that are open to a record now, by the names that its form gives them. */
export function changesOfState(offer: Offer, entity: AppEntity, record: WireRecord): StateChange[] {
  const { states } = entity;
  if (!states || !entity.may.update) return [];
  const named = new Map(formFor(offer, entity)?.actions.map((action) => [action.transition, labelText(action.label)]));
  const field = entity.fields.find((each) => each.name === states.field);
  const options = (field?.options.options ?? []) as { value: string; label: { zh: string; en: string } }[];
  return states.transitions
    .filter((each) => each.from === record[states.field])
    .map((each) => ({
      id: each.uid,
      to: each.to,
      label: named.get(each.uid) || labelText(each.label) || labelText(options.find((option) => option.value === each.to)?.label) || each.to,
    }));
}

/** Changes of state, and the function that does one. */
export function useTransitions(entity: AppEntity, record: WireRecord | undefined, etag: string | undefined) {
  const { t } = useTranslation();
  const offer = useOffer();
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: (change: StateChange) => records.update(entity.name, record!.ref, { [entity.states!.field]: change.to }, etag),
    onSuccess: (_, change) => toasts.show(t("record.action_done", { action: change.label })),
    onError: (error) => toasts.show(errorText(error)),
    onSettled: () => client.invalidateQueries({ queryKey: keys.entity(entity.name) }),
  });
  return { changes: record ? changesOfState(offer, entity, record) : [], run: mutation.mutate, isBusy: mutation.isPending };
}
