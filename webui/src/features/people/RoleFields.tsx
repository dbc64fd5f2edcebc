import { Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { labelText } from "@/lib/i18n";
import { FieldRow } from "@/ui/FieldRow";
import { askedBy, useRoles } from "./useRoles";

export type Attributes = Record<string, string | number | boolean | null>;

/** Roles, and the attributes that their conditions ask for, such as the store whose records one sees. */
export function RoleFields({ roles, attributes, onRoles, onAttributes, errors }: {
  roles: readonly string[];
  attributes: Attributes;
  onRoles: (roles: string[]) => void;
  onAttributes: (attributes: Attributes) => void;
  errors: Record<string, string[]>;
}) {
  const { t } = useTranslation();
  const known = useRoles();
  const asked = [...new Set([...askedBy(known.data, roles), ...Object.keys(attributes)])];
  const unknown = roles.filter((name) => known.data && !known.data.some((role) => role.name === name));
  return (
    <>
      <FieldRow label={t("people.roles")} help={unknown.length > 0 ? t("people.unknown_roles", { names: unknown.join(", ") }) : t("people.roles_help")} errors={errors.roles}>
        {(ids) => (
          <Select<string[]> {...ids} mode="multiple" value={[...roles]} onChange={onRoles} loading={known.isPending} style={{ width: "100%" }} placeholder={t("people.no_roles")}
            showSearch={{ optionFilterProp: "label" }} options={(known.data ?? []).map((role) => ({ value: role.name, label: labelText(role.label) }))} />
        )}
      </FieldRow>
      {asked.map((name) => (
        <FieldRow key={name} label={t("people.attribute", { name })} help={t("people.attribute_help", { name })} errors={errors.attributes}>
          {(ids) => <Input {...ids} value={String(attributes[name] ?? "")} onChange={(event) => onAttributes({ ...attributes, [name]: event.target.value })} />}
        </FieldRow>
      ))}
    </>
  );
}
