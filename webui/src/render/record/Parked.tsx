import { useTranslation } from "react-i18next";
import type { WireRecord } from "@/lib/wire";
import { Note } from "@/ui/Note";

/** Says when the rules of a document could not be worked out, so that it does not count yet. */
export function Parked({ record }: { record: WireRecord }) {
  const { t } = useTranslation();
  const parked = record._parked;
  if (!parked || typeof parked !== "object" || Array.isArray(parked)) return null;
  return <div style={{ padding: "12px 20px 0" }}><Note tone="warn">{t("record.parked", { why: String(parked.message ?? "") })}</Note></div>;
}
