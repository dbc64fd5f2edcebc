import { FileArchive, FolderOpen } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Mosaic } from "@/ui/Mosaic";
import styles from "./Process.module.css";
import { makeZip } from "./zip";

/** A package to begin with: a zip, or a folder that holds tessera.json. */
export function ChooseStep({ onChosen }: { onChosen: (file: Blob, name: string) => void }) {
  const { t } = useTranslation();
  const [isOver, setOver] = useState(false);
  const zip = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onChosen(file, file.name);
  };
  const packed = async (files: FileList | null) => {
    const all = [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
    const shown = all.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")));
    if (shown.length > 0) onChosen(await makeZip(shown), shown[0]!.path.split("/")[0]!);
  };
  return (
    <div className={styles.choose}>
      <div className={cx(styles.drop, isOver && styles.over)} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={drop}>
        <Mosaic />
        <h2>{t("packages.choose_title")}</h2>
        <p>{t("packages.choose_text")}</p>
        <Button kind="primary" icon={<FileArchive />} onClick={() => zip.current?.click()}>{t("packages.choose_zip")}</Button>
        <Button icon={<FolderOpen />} onClick={() => folder.current?.click()}>{t("packages.choose_folder")}</Button>
        <input ref={zip} type="file" accept=".zip,application/zip" hidden aria-label={t("packages.choose_zip")}
          onChange={(event) => { const file = event.target.files?.[0]; if (file) onChosen(file, file.name); }} />
        <input ref={folder} type="file" hidden multiple aria-label={t("packages.choose_folder")} {...{ webkitdirectory: "" }}
          onChange={(event) => void packed(event.target.files)} />
      </div>
    </div>
  );
}
