import { useMutation, useQuery } from "@tanstack/react-query";
import { FileSpreadsheet } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatInstant } from "@/lib/formats";
import { inText } from "@/lib/i18n";
import { errorText } from "@/lib/problems";
import type { AppEntity } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Note } from "@/ui/Note";
import { Panel } from "@/ui/Panel";
import { figuresOf, importKeys, imports } from "./importApi";
import styles from "./Imports.module.css";
import { useFiguresText } from "./useFiguresText";

/** Choose a file, or drop one; below it, the latest imports, to look at them or take them back. */
export function FileStep({ entity, onFile, onBatch }: { entity: AppEntity; onFile: (file: number) => void; onBatch: (batch: number) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const figuresText = useFiguresText();
  const sending = useMutation({ mutationFn: imports.send, onSuccess: (upload) => onFile(upload.id) });
  const latest = useQuery({ queryKey: importKeys.latest, queryFn: ({ signal }) => imports.latest(signal) });
  const take = (file: File | undefined) => file && !sending.isPending && sending.mutate(file);
  return (
    <div className={styles.narrow}>
      {sending.isError && <Note tone="err" live="assertive" lead={t("imports.not_read")}>{errorText(sending.error)}</Note>}
      <div
        className={cx(styles.drop, isOver && styles.over)}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer.files[0]);
        }}
      >
        <FileSpreadsheet size={28} strokeWidth={1.5} aria-hidden />
        <h2 className={styles.dropTitle}>{t("imports.drop", { what: inText(entity.label) })}</h2>
        <p className={styles.dropText}>{t("imports.drop_text")}</p>
        <Button kind="primary" busy={sending.isPending} onClick={() => input.current?.click()}>{sending.isPending ? t("imports.sending") : t("imports.choose")}</Button>
        <input
          ref={input}
          type="file"
          className="visually-hidden"
          tabIndex={-1}
          aria-hidden
          accept=".xlsx,.csv,.txt,.tsv,.ndjson,.jsonl"
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </div>
      {latest.data && latest.data.length > 0 && (
        <Panel title={t("imports.latest")} flush>
          <ul className={styles.latest}>
            {latest.data.map((job) => (
              <li key={job.id}>
                <button type="button" className={styles.job} onClick={() => onBatch(job.id)}>
                  <span className={styles.jobName}>{job.files[0]?.name}</span>
                  <span className={styles.jobText}>{job.status === "undone" ? t("imports.was_undone") : figuresText(figuresOf(job))}</span>
                  <time className={styles.jobText} dateTime={job.started_at ?? undefined}>{formatInstant(job.started_at, { brief: true })}</time>
                </button>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}
