import { useTranslation } from "react-i18next";
import { Tag } from "@/ui/Tag";
import type { Tone } from "@/ui/tone";
import type { Status } from "./jobsApi";

const TONES: Record<Status, Tone> = {
  waiting: "neu", running: "pri", reading: "pri", writing: "pri", settling: "pri", complete: "ok", failed: "err", cancelled: "neu", undone: "neu",
};

/** The state of a job in a word and a colour. */
export function StatusTag({ status }: { status: Status }) {
  const { t } = useTranslation();
  return <Tag tone={TONES[status] ?? "neu"} dot>{t(`jobs.status_${status}`)}</Tag>;
}
