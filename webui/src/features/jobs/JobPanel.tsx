import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DockedPanel } from "@/ui/DockedPanel";
import { ErrorBlock } from "@/ui/ErrorBlock";
import { SkeletonForm } from "@/ui/Skeleton";
import { ExportView } from "./ExportView";
import { ImportView } from "./ImportView";
import { type Job, jobKeys, jobsApi } from "./jobsApi";

const SOON_MS = 1_500;

/** One job beside the list; it renews itself until it has ended. */
export function JobPanel({ kind, id, onClose, onOpen }: { kind: Job["kind"]; id: number; onClose: () => void; onOpen: (job: string) => void }) {
  const { t } = useTranslation();
  const title = kind === "import" ? t("jobs.import_number", { id }) : t("jobs.export");
  return (
    <DockedPanel label={title} lead={<b>{title}</b>} onClose={onClose}>
      {kind === "import" ? <OneImport id={id} onOpen={onOpen} /> : <OneExport id={id} onClose={onClose} />}
    </DockedPanel>
  );
}

function OneImport({ id, onOpen }: { id: number; onOpen: (job: string) => void }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: jobKeys.one("import", id),
    queryFn: ({ signal }) => jobsApi.import(id, signal),
    refetchInterval: (query) => (query.state.data?.finished_at === null ? SOON_MS : false),
  });
  if (isPending) return <SkeletonForm />;
  if (error && !data) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  return <ImportView job={data} onOpen={onOpen} />;
}

function OneExport({ id, onClose }: { id: number; onClose: () => void }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: jobKeys.one("export", id),
    queryFn: ({ signal }) => jobsApi.export(id, signal),
    refetchInterval: (query) => (query.state.data && (query.state.data.status === "waiting" || query.state.data.status === "running") ? SOON_MS : false),
  });
  if (isPending) return <SkeletonForm />;
  if (error && !data) return <ErrorBlock error={error} onRetry={() => void refetch()} />;
  return <ExportView job={data} onClose={onClose} />;
}
