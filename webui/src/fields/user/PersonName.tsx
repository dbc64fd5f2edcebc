import { useTranslation } from "react-i18next";
import { usePersonName } from "@/lib/people";
import { AvatarTile } from "@/ui/AvatarTile";

/** A person with the tile of the name. */
export function PersonName({ id }: { id: number }) {
  const { t } = useTranslation();
  const name = usePersonName(id) || t("field.user", { id });
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
      <AvatarTile name={name} identity={id} size={20} />
      {name}
    </span>
  );
}
