import { jsonText } from "./jsonText";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { labelText } from "@/lib/i18n";
import { useOffer } from "@/lib/offer";
import { textCodec, useUrlState } from "@/lib/url";
import { problemText } from "@/lib/problems";
import { Builder, BuilderBody } from "@/render/builder/Builder";
import { CheckButton, useCheck } from "@/render/builder/CheckButton";
import { useDraft, useDraftDocument } from "@/render/builder/draft";
import type { Body, CheckProblem } from "@/render/builder/draftApi";
import { InkBar } from "@/render/builder/InkBar";
import { builderAddress } from "@/render/builder/places";
import { PublishButton } from "@/render/builder/PublishButton";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { SkeletonRows } from "@/ui/Skeleton";
import styles from "./DocumentPage.module.css";
import { KINDS } from "./kinds";

const atCodec = textCodec();

/** Any document as its JSON text: saved by itself while it is sound JSON, checked as it is written. */
export function DocumentPage() {
  return (
    <Builder>
      <DocumentEditor />
    </Builder>
  );
}

function DocumentEditor() {
  const { t } = useTranslation();
  const { app = "", kind = "", key = "" } = useParams();
  const navigate = useNavigate();
  const offer = useOffer();
  const { draft } = useDraft();
  const { document, body, isLoading, error, change, reload } = useDraftDocument<Body>(key);
  const [at] = useUrlState("at", atCodec);
  const check = useCheck();
  const area = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? (body ? jsonText(body) : "");
  const fault = text === null ? null : faultOf(text);
  const mine = check?.problems.filter((each) => each.document === key) ?? [];
  const known = KINDS.find((each) => each.name === kind);
  useEffect(() => {
    if (at && body && area.current) select(area.current, at);
    // Only when the place or the document is another one.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [at, document?.key]);
  const write = (next: string) => {
    setText(next);
    if (faultOf(next) === null) change(JSON.parse(next) as Body, t("design.edited", { name: document?.name ?? "" }), `json.${key}`);
  };
  const jump = (problem: CheckProblem) => {
    if (problem.document === key && area.current) select(area.current, problem.pointer);
    else void navigate(builderAddress(app, problem.kind, problem.document, draft?.id, problem.pointer));
  };
  const application = offer.apps.find((each) => each.name === app);
  return (
    <>
      <InkBar back={`/b/${app}`} crumb={application ? labelText(application.label) : undefined}
        title={document ? labelText(document.label) || document.name : "…"} kind={known ? t(`design.kind.${known.name}`) : kind}>
        <CheckButton onJump={jump} />
        <PublishButton />
      </InkBar>
      <BuilderBody>
        {isLoading && <SkeletonRows rows={12} />}
        {error != null && <ErrorBlock error={error} onRetry={reload} />}
        {body && (
          <div className={styles.page}>
            {fault && <Note tone="warn" live="polite">{t("design.no_json", { fault })}</Note>}
            {mine.slice(0, 3).map((each, index) => <Note key={index} tone="err" lead={each.pointer}>{problemText(each)} {each.hint}</Note>)}
            <textarea ref={area} className={styles.text} spellCheck={false} value={shown} aria-label={t("design.json_of", { name: document?.name ?? "" })}
              onChange={(event) => write(event.target.value)} onBlur={() => fault === null && setText(null)} />
          </div>
        )}
      </BuilderBody>
    </>
  );
}

function faultOf(text: string): string | null {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? null : "{ }";
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem);
  }
}

/** Put the cursor on the last name of a pointer, as far as its steps are found one after the other. */
function select(area: HTMLTextAreaElement, pointer: string): void {
  let from = 0;
  let found = 0;
  for (const step of pointer.split("/").filter((each) => each && !/^\d+$/.test(each))) {
    const place = area.value.indexOf(`"${step}"`, from);
    if (place < 0) break;
    [found, from] = [place, place + step.length];
  }
  area.focus();
  area.setSelectionRange(found, found + 1);
  const line = area.value.slice(0, found).split("\n").length;
  area.scrollTop = Math.max(0, (line - 5) * 20);
}
