import { Dropdown, type MenuProps } from "antd";
import { Download, Ellipsis, FileUp, Globe, Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { addresses, baseOf } from "@/lib/addresses";
import { addressOf } from "@/lib/api";
import { currentLanguage, inText, labelText } from "@/lib/i18n";
import { usePhone } from "@/lib/media";
import { useOffer } from "@/lib/offer";
import type { AppEntity, AppView } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { PageBar } from "@/ui/PageBar";

/** The bar over a list: export, and the one next action. */
export function ListBar({ app: name, entity, view, filter, newAddress }: {
  app: string;
  entity: AppEntity;
  view?: AppView;
  filter: string;
  newAddress: string;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const isPhone = usePhone();
  const { apps, user, may, formsOf } = useOffer();
  const canOpen = (user.is_admin || may.includes("public_forms")) && formsOf(entity.name).some((form) => form.is_public);
  const base = baseOf(useLocation().pathname);
  const canImport = entity.may.create && (user.is_admin || may.includes("imports"));
  const importing = () => void navigate(addresses.import(base, entity.name));
  const app = apps.find((each) => each.name === name);
  const what = inText(entity.label);
  const exports = view ? (["csv", "xlsx"] as const).map((form) => ({ key: form as string, icon: <Download size={14} strokeWidth={1.75} />, label: t(`list.export_${form}`) })) : [];
  const opening = canOpen ? [{ key: "public", icon: <Globe size={14} strokeWidth={1.75} />, label: t("public_forms.links") }] : [];
  const items: MenuProps["items"] = [...exports, ...opening];
  const download = (form: string) => {
    const language = currentLanguage() === "en" ? "en" : "zh";
    window.location.assign(addressOf(`/api/v1/views/${view!.name}.${form}`, { filter: withoutView(filter, view!), language }));
  };
  return (
    <PageBar crumbs={[{ text: labelText(app?.label), to: `/a/${name}` }, { text: labelText(entity.label) }]}>
      {items.length > 0 && (
        <Dropdown
          trigger={["click"]}
          placement="bottomRight"
          menu={{ items, onClick: ({ key }) => (key === "public" ? void navigate(addresses.publicForms(base, entity.name)) : download(key)) }}
        >
          <IconButton icon={Ellipsis} label={t("list.row_menu")} aria-haspopup="menu" />
        </Dropdown>
      )}
      {canImport && (isPhone ? <IconButton icon={FileUp} label={t("list.import")} onClick={importing} /> : <Button icon={<FileUp />} onClick={importing}>{t("list.import")}</Button>)}
      {entity.may.create && (
        <Button kind="primary" icon={<Plus />} onClick={() => void navigate(newAddress)} label={isPhone ? t("action.new", { what }) : undefined}>
          {!isPhone && t("action.new", { what })}
        </Button>
      )}
    </PageBar>
  );
}

/** The view's own filter is applied by the server. */
function withoutView(filter: string, view: AppView): string {
  const own = view.filter?.replace(/^\s*=/, "");
  if (!own) return filter;
  if (filter === own) return "";
  return filter.startsWith(`(${own}) AND `) ? filter.slice(own.length + 7) : filter;
}
