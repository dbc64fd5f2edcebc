import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { session } from "@/lib/session";
import { SignInForm } from "@/render/SignInForm";

/** Sign in once more; closing it lets the request fail. */
export function SignInDialog() {
  const { t } = useTranslation();
  return (
    <Modal open title={t("shell.signed_out")} footer={null} width={400} mask={{ closable: false }} onCancel={() => session.settle(false)}>
      <p style={{ marginBottom: 16 }}>{t("shell.signed_out_text")}</p>
      <SignInForm onSignedIn={() => session.settle(true)} />
    </Modal>
  );
}
