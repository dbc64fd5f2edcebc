import { Input } from "antd";
import { CornerDownLeft, Eye, EyeOff } from "lucide-react";
import { useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import { errorText } from "@/lib/problems";
import { session } from "@/lib/session";
import type { User } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { FieldRow } from "@/ui/FieldRow";
import { Note } from "@/ui/Note";
import styles from "./SignInForm.module.css";

/** Name and password. Enter submits; the error never says whether the account exists. */
export function SignInForm({ onSignedIn }: { onSignedIn: (user: User) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [isCaps, setCaps] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [wasTried, setTried] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    setError(null);
    if (!name.trim() || !password || isBusy) return;
    setBusy(true);
    try {
      const { data } = await api.post("/api/v1/auth/login", { body: { name: name.trim(), password }, resumes: false });
      session.setCsrf(data.csrf_token);
      onSignedIn(data.user);
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };

  const watchCaps = (event: KeyboardEvent) => setCaps(event.getModifierState("CapsLock"));
  const missing = (value: string, text: string) => (wasTried && !value.trim() ? [text] : []);
  return (
    <form className={styles.form} onSubmit={(event) => void submit(event)} noValidate>
      {error !== null && (
        <Note tone={error instanceof ApiError && error.status < 500 ? "err" : "warn"} live="assertive">{errorText(error)}</Note>
      )}
      <FieldRow label={t("sign_in.name")} errors={missing(name, t("sign_in.needed_name"))}>
        {(ids) => (
          <Input {...ids} size="large" value={name} onChange={(event) => setName(event.target.value)} autoComplete="username"
            autoCapitalize="none" autoFocus spellCheck={false} name="username" />
        )}
      </FieldRow>
      <FieldRow label={t("sign_in.password")} errors={missing(password, t("sign_in.needed_password"))} help={isCaps ? t("sign_in.caps") : undefined}>
        {(ids) => (
          <Input.Password {...ids} size="large" value={password} onChange={(event) => setPassword(event.target.value)} name="password"
            autoComplete="current-password" onKeyDown={watchCaps} onKeyUp={watchCaps} onBlur={() => setCaps(false)}
            iconRender={(isShown) => (isShown ? <Eye size={16} strokeWidth={1.75} aria-label={t("sign_in.hide")} /> : <EyeOff size={16} strokeWidth={1.75} aria-label={t("sign_in.show")} />)}
          />
        )}
      </FieldRow>
      <Button kind="primary" large block submit busy={isBusy}>
        {t("sign_in.submit")}
        <CornerDownLeft size={13} strokeWidth={1.75} aria-hidden />
      </Button>
    </form>
  );
}
