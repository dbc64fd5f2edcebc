import { useTranslation } from "react-i18next";
import { Tag } from "@/ui/Tag";
import type { Tone } from "@/ui/tone";
import type { State } from "./deliveriesApi";

const TONES: Record<State, Tone> = {
  waiting: "neu", sending: "pri", sent: "ok", failed: "warn", dead: "err", review: "warn", suppressed: "neu", merged: "neu", cancelled: "neu",
};

/** The state of a delivery in a word and a colour. */
export function StateTag({ state }: { state: State }) {
  const { t } = useTranslation();
  return <Tag tone={TONES[state]} dot>{t(`deliveries.${state}`)}</Tag>;
}
