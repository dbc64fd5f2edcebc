import { useQuery } from "@tanstack/react-query";
import { Tabs } from "antd";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { withValue } from "@/lib/url";
import { AvatarTile } from "@/ui/AvatarTile";
import { DockedPanel } from "@/ui/DockedPanel";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonForm } from "@/ui/Skeleton";
import styles from "./People.module.css";
import { peopleApi, peopleKeys } from "./peopleApi";
import { RightsTab } from "./RightsTab";
import { SignInTab } from "./SignInTab";
import { UserForm } from "./UserForm";

/** One user beside the list: who, what he may do, and how he signs in. */
export function UserPanel({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const { data, error, isPending, refetch } = useQuery({ queryKey: peopleKeys.one(id), queryFn: ({ signal }) => peopleApi.get(id, signal) });
  const name = data ? data.display_name || data.name : "";
  return (
    <DockedPanel label={name || t("people.person")} lead={data && <><AvatarTile name={name} identity={id} size={24} /><b>{name}</b></>} onClose={onClose}>
      {isPending && <SkeletonForm />}
      {error && !data && <ErrorBlock error={error} onRetry={() => void refetch()} />}
      {data && (
        <Tabs className={styles.tabs} activeKey={params.get("tab") ?? "profile"} destroyOnHidden
          onChange={(tab) => setParams((before) => withValue(before, "tab", tab === "profile" ? [] : [tab]), { replace: true })}
          items={[
            { key: "profile", label: t("people.profile"), children: <UserForm key={`${data.id} ${data.name}`} user={data} /> },
            { key: "rights", label: t("people.rights"), children: <RightsTab user={data} /> },
            { key: "access", label: t("people.access"), children: <SignInTab user={data} /> },
          ]} />
      )}
    </DockedPanel>
  );
}
