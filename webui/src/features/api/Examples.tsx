import { useMutation, useQuery } from "@tanstack/react-query";
import { Segmented, Select } from "antd";
import { Copy, Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { send } from "@/lib/api";
import { labelText } from "@/lib/i18n";
import { keys } from "@/lib/keys";
import { useOffer } from "@/lib/offer";
import { records } from "@/lib/records";
import type { AppEntity, Json } from "@/lib/wire";
import { Button } from "@/ui/Button";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { Note } from "@/ui/Note";
import { Panel } from "@/ui/Panel";
import { toasts } from "@/ui/toasts";
import styles from "./ApiPage.module.css";
import { curlOf, exampleOf, type Verb, VERBS } from "./examples";

/** A request on one's own data: as curl to copy, and run here when it only reads. */
export function Examples() {
  const { t } = useTranslation();
  const { entities } = useOffer();
  const all = Object.values(entities);
  const [name, setName] = useState("");
  const entity = entities[name] ?? all[0];
  return (
    <Panel title={t("api_page.examples")}>
      {entity ? <Try key={entity.name} entity={entity} all={all} onEntity={setName} /> : <Note tone="neu">{t("api_page.no_entities")}</Note>}
    </Panel>
  );
}

function Try({ entity, all, onEntity }: { entity: AppEntity; all: readonly AppEntity[]; onEntity: (name: string) => void }) {
  const { t } = useTranslation();
  const [verb, setVerb] = useState<Verb>("list");
  const asked = { limit: 1 };
  const one = useQuery({ queryKey: keys.names(entity.name, asked), queryFn: ({ signal }) => records.list(entity.name, asked, signal), staleTime: 60_000 });
  const example = exampleOf(entity, verb, one.data?.data[0]?.ref ?? "…");
  const curl = curlOf(window.location.origin, example);
  const run = useMutation({ mutationFn: async (path: string) => (await send<Json>("GET", path)).data });
  const copy = () => void navigator.clipboard?.writeText(curl).then(() => toasts.show(t("action.copied")));
  const choose = (next: Verb) => {
    setVerb(next);
    run.reset();
  };
  return (
    <div className={styles.form}>
      <div className={styles.choices}>
        <Select value={entity.name} aria-label={t("api_page.entity")} onChange={onEntity} showSearch={{ optionFilterProp: "label" }} className={styles.select}
          options={all.map((each) => ({ value: each.name, label: labelText(each.label) }))} />
        <Segmented value={verb} onChange={choose} aria-label={t("api_page.what")} options={VERBS.map((each) => ({ value: each, label: t(`api_page.${each}`) }))} />
      </div>
      <pre className={`mono ${styles.code}`} tabIndex={0} aria-label={t("api_page.curl")} role="region">{curl}</pre>
      <div className={styles.ways}>
        <Button icon={<Copy />} onClick={copy}>{t("api_page.copy_curl")}</Button>
        <Button kind="soft" icon={<Play />} busy={run.isPending} reason={example.method === "GET" ? undefined : t("api_page.run_get_only")} onClick={() => run.mutate(example.path)}>{t("api_page.run")}</Button>
      </div>
      {run.error != null && <ErrorBlock error={run.error} />}
      {run.data !== undefined && <pre className={`mono ${styles.code}`} tabIndex={0} aria-label={t("api_page.answer")} role="region">{JSON.stringify(run.data, null, 2).slice(0, 20_000)}</pre>}
    </div>
  );
}
