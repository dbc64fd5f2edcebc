import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { toasts } from "@/ui/toasts";
import { jobKeys, jobsApi } from "./jobsApi";

export type Act = "cancel" | "resume" | "undo" | "delete";

/** What people do with a job; the lists are asked again afterwards. */
export function useJobAct(kind: "imports" | "exports", id: number, onDone: (verb: Act) => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (verb: Act) => {
      if (verb === "delete") await jobsApi.remove(id);
      else await jobsApi.act(kind, id, verb);
    },
    onSuccess: async (_, verb) => {
      toasts.show(t(`jobs.did_${verb}`));
      onDone(verb);
      await client.invalidateQueries({ queryKey: jobKeys.all });
    },
  });
}
