import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/lib/api";
import { errorText } from "@/lib/problems";
import { Button } from "@/ui/Button";
import { Note } from "@/ui/Note";
import { toasts } from "@/ui/toasts";
import { apiKeysKey } from "./apiKeysKey";

/** Ends a key for good, after asking. */
export function RevokeButton({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => api.delete("/api/v1/auth/keys/{key}", { places: { key: id } }),
    onSuccess: async () => {
      setAsking(false);
      toasts.show(t("api_page.revoked", { name }));
      await client.invalidateQueries({ queryKey: apiKeysKey });
    },
  });
  return (
    <>
      <Button small kind="danger" label={t("api_page.revoke_name", { name })} onClick={() => setAsking(true)}>{t("api_page.revoke")}</Button>
      <Modal open={isAsking} width={480} title={t("api_page.revoke_question", { name })} onCancel={() => setAsking(false)}
        footer={<><Button onClick={() => setAsking(false)}>{t("api_page.keep")}</Button><Button kind="danger-solid" busy={revoke.isPending} onClick={() => revoke.mutate()}>{t("api_page.revoke")}</Button></>}>
        {t("api_page.revoke_text")}
        {revoke.error != null && <Note tone="err" live="assertive">{errorText(revoke.error)}</Note>}
      </Modal>
    </>
  );
}
